"""Who enters into a contract: by its first sentence, else by definitions, letterhead and signatures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from pipeline.extraction.flow import Flow
from pipeline.extraction.rules.contracts.preamble import Party, preamble_parties
from pipeline.extraction.rules.names import find_companies, looks_like_person

HEAD = 5_000
TAIL = 4_000
SAME = 88.0
"""Similarity (rapidfuzz token_set_ratio) from which on two names are one."""
ENOUGH = 0.5
MAX_PARTIES = 8

_DEFINED = re.compile(
    r"\s*,?\s*(?:[^().\n]{0,80}?)\(\s*(?:the\s+|hereinafter\s+|collectively,?\s+|together\s+with[^()]{0,60})?[^()]{0,30}"
    r"[\"“”]([A-Z][\w .&-]{1,40})[\"“”]"
)
_NOT_A_PARTY = re.compile(
    r"(?i)agreement|date|transaction|information|representative|affiliate|material|board|act\b|law\b|plan\b|"
    r"program|policy\b|period\b"
)
_OF_A_PARTY = re.compile(r"(?i)(?:representatives?|affiliates?|subsidiar(?:y|ies)|agents?|counsel|advisors?),\s")
"""What stands before the name of somebody who acts for a party."""
_SIGNED = re.compile(
    r"\bBy\s*:|/s/|\bName\s*:|\bTitle\s*:|\bIts\s*:|(?i:accepted\s+and\s+agreed|very\s+truly\s+yours|sincerely)"
)
_NAME_BEFORE = re.compile(r"([A-Z][\w.&'’-]*(?:\s+(?:[A-Z][\w.&'’-]*|&|and|of)){1,6})\s*,?\s*$")


@dataclass(frozen=True, slots=True)
class _Mention:
    party: Party
    score: float


def contract_parties(flow: Flow) -> list[tuple[Party, float]]:
    """The parties with how sure they are, in the order of the text."""
    named = preamble_parties(flow.text)
    mentions = [_Mention(party, 0.85) for party in named]
    if len(named) < 2:
        mentions += [*_defined(flow), *_signed(flow), *_at_top(flow)]
    merged = [mention for mention in _merge(mentions) if mention.score >= ENOUGH]
    ordered = sorted(merged[:MAX_PARTIES], key=lambda mention: mention.party.start)
    return [(mention.party, min(mention.score, 0.95)) for mention in ordered]


def _defined(flow: Flow) -> Iterator[_Mention]:
    """Firms and persons that the beginning gives a short name in quotes."""
    head = flow.text[:HEAD]
    for company in find_companies(head):
        role = _DEFINED.match(head, company.end)
        name = _tidy(company.text)
        if role and not _NOT_A_PARTY.search(role[1]) and name and not _OF_A_PARTY.match(name):
            start = head.index(name, company.start)
            yield _Mention(Party(start, start + len(name), name, role[1], role.start(1), role.end(1)), 0.62)
    for quoted in re.finditer(r"\(\s*(?:the\s+)?[\"“”]([A-Z][\w .&-]{1,40})[\"“”]\s*\)", head):
        before = _NAME_BEFORE.search(head[max(0, quoted.start() - 60) : quoted.start()])
        if before and looks_like_person(before[1]) and not _NOT_A_PARTY.search(quoted[1]):
            start = max(0, quoted.start() - 60) + before.start(1)
            yield _Mention(
                Party(start, start + len(before[1]), before[1], quoted[1], quoted.start(1), quoted.end(1)), 0.55
            )


def _signed(flow: Flow) -> Iterator[_Mention]:
    """Firms right before the marks of a signature near the end."""
    offset = max(0, len(flow.text) - TAIL)
    tail = flow.text[offset:]
    for company in find_companies(tail):
        if _SIGNED.search(tail[company.end : company.end + 60]):
            name = _tidy(company.text)
            start = tail.find(name, company.start) if name else -1
            if start >= 0:
                yield _Mention(Party(offset + start, offset + start + len(name), name), 0.45)


def _at_top(flow: Flow) -> Iterator[_Mention]:
    """Firms in the lines of the letterhead and of the address."""
    for offset, passage in zip(flow.offsets[:14], flow.passages[:14], strict=False):
        if offset > 1_200 or len(passage.text) > 200:
            continue
        for company in find_companies(passage.text):
            if company.start < 20:
                yield _Mention(Party(offset + company.start, offset + company.end, company.text), 0.3)


def _tidy(name: str) -> str:
    return name.strip(" ,;:.\n") if not name.endswith(".") else name.strip(" ,;:\n")


def _merge(mentions: list[_Mention]) -> list[_Mention]:
    """Mentions of one name together; the strongest gives the spelling, any of them the role."""
    merged: list[_Mention] = []
    for mention in sorted(mentions, key=lambda each: -each.score):
        index = next((i for i, other in enumerate(merged) if _same(mention.party.name, other.party.name)), None)
        if index is None:
            merged.append(mention)
            continue
        other = merged[index]
        party = other.party
        if party.role is None and mention.party.role is not None:
            role = mention.party
            party = replace(party, role=role.role, role_start=role.role_start, role_end=role.role_end)
        merged[index] = _Mention(party, 1 - (1 - other.score) * (1 - 0.6 * mention.score))
    return merged


def _same(first: str, second: str) -> bool:
    plain = [re.sub(r"[^\w ]", "", name.casefold()) for name in (first, second)]
    return fuzz.token_set_ratio(*plain) >= SAME
