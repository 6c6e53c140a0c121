"""The parties that the first sentence of a contract names: "by and between X, a …, ("X") and Y …"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.rules.names import LEGAL_FORM, find_companies, looks_like_person

HEAD = 7_000
LONGEST = 1_600
MAX_NAME_WORDS = 12

_BETWEEN = re.compile(
    r"\b(?:by\s+and\s+(?:between|among(?:st)?)|(?:is|are|was|made|entered\s+into|dated|agreement|contract)?\W*\b(?:between|among(?:st)?)|"
    r"zwischen|entre(?:\s+les\s+soussignés)?|tussen|tra)\b\W*",
    re.IGNORECASE,
)
_BY_FOR = re.compile(r"\bmade\b[^.]{0,80}?\bby\b\s*|\bexecuted\b[^.]{0,120}?,?\s+by\s+", re.IGNORECASE)
_END = re.compile(
    r"\bWHEREAS\b|\bRECITALS?\b|\bR E C I T A L S\b|\bBACKGROUND\b|\bWITNESSETH\b|\bW I T N E S S E T H\b|"
    r"\bPREAMBLE\b|\bNOW,? THEREFORE\b|\b[Ww]hereas\b|"
    r"(?:\.|:)\s+(?=1\.|A\.|\(?[aA1]\)|I\.)|\bwith\s+respect\s+to\b|\bin\s+connection\s+with\b|\bregarding\b|\bset(?:s)?\s+forth\b|"
    r"\bwird\s+folgende|\bil\s+a\s+été\s+convenu|\bwordt\s+overeengekomen|\bunder\s+the\s+following\b|\bis\s+entered\s+into\b|\bwho\s+agree\b|\bhereby\b|"
    r"(?<=[a-z\)”\"])(?<!\bSt)(?<!\b[MD]r)(?<!\bMs)(?<!\bMrs)(?<!\b[JS]r)(?<!\bNo)(?<!\bInc)(?<!\bLtd)(?<!\bCorp)(?<!\bCo)"
    r"\.\s+(?=[A-Z])"
)
_TERM = re.compile(r"[\"“”„»«]([A-Z][^\"“”„»«]{1,45})[\"“”„»«]")
_NOT_A_ROLE = re.compile(r"(?i)agreement|date|contract|letter|parties\b|transaction|information")
_DESCRIBED = re.compile(
    r",?\s+(?:an?|the|with|having|whose|located|residing|organized|incorporated|existing|duly|acting|on\s+behalf|individually|its|"
    r"for\s+the\s+benefit|in\s+favor|of\s+\d|at\s+\d|eine?|mit\s+Sitz|vertreten|nachfolgend|ci-après|dont|ayant|société|gevestigd|hierna|con\s+sede)\b"
)
_AND = re.compile(
    r",?\s*;\s*(?:and\s+)?|,?\s+(?:and|und|et|en|y|e)\s+(?:between\s+|by\s+)?|\s+on\s+the\s+one\s+hand,?\s*(?:and)?\s*|\s+for\s+the\s+benefit\s+of\s+|\s+in\s+favor\s+of\s+"
)
_LEAD = re.compile(
    r"^(?:\W|\(?[ivx\d]{1,3}\)|the\s+undersigned,?|each\s+of|both|party\s+\w:|on\s+the\s+other\s+hand,?|its\s+employee,?|mr\.|ms\.|mrs\.|herrn?|frau|(?:the|der|die|das|dem|la|le|les|il|lo|het)\b(?=\s+[A-ZÀ-Þ]))+\s*",
    re.IGNORECASE,
)


_GENERIC = re.compile(
    r"(?i)(?:the\s+)?(?:company|buyer|seller|party|parties|executive|employee|employer|recipient|discloser|client|customer|"
    r"supplier|contractor|consultant|licensor|licensee|landlord|tenant|lessor|lessee|disclosing\s+party|receiving\s+party)"
)


@dataclass(frozen=True, slots=True)
class Party:
    """The characters `start` to `end` of the text are the name; the role stands at its own place."""

    start: int
    end: int
    name: str
    role: str | None = None
    role_start: int = 0
    role_end: int = 0


def preamble_parties(text: str) -> list[Party]:
    """The parties in their order; empty where no sentence of the usual form names at least one."""
    best: list[Party] = []
    for match in [*_BETWEEN.finditer(text[:HEAD]), *_BY_FOR.finditer(text[:HEAD])][:8]:
        stop = _END.search(text, match.end(), match.end() + LONGEST)
        end = stop.start() if stop else min(len(text), match.end() + LONGEST)
        parties = list(_parties(text, match.end(), end))
        if len(parties) > len(best):
            best = parties
        if len(best) >= 2:
            break
    return best


def _parties(text: str, start: int, end: int) -> Iterator[Party]:
    seen: set[str] = set()
    for first, last in _pieces(text, start, end):
        party = _party(text, first, last)
        if party is not None and party.name.casefold() not in seen:
            seen.add(party.name.casefold())
            yield party


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split at "and" outside parentheses; a split inside a name ("X and Company, Inc.") is taken back."""
    begin = start
    for match in _AND.finditer(text, start, end):
        inside = text.count("(", begin, match.start()) > text.count(")", begin, match.start())
        if inside or _goes_on(text[begin : match.start()], text[match.end() : end]):
            continue
        yield begin, match.start()
        begin = match.end()
    yield begin, end


def _goes_on(left: str, right: str) -> bool:
    """Whether a name goes on behind the "and": nothing closes it before, and its legal form follows at once."""
    left = _LEAD.sub("", left)
    closed = "," in left or "(" in left or LEGAL_FORM.search(left) is not None or looks_like_person(left.strip())
    following = re.match(r"(?:[A-Z][\w&'’-]*\s*){1,4},?\s*", right)
    form = LEGAL_FORM.search(right[: following.end() + 12]) if following else None
    return not closed and form is not None and form.start() <= (following.end() if following else 0) + 1


def _party(text: str, start: int, end: int) -> Party | None:
    lead = _LEAD.match(text[start:end])
    start += lead.end() if lead else 0
    piece = text[start:end]
    if not piece or not (piece[0].isupper() or piece[0].isdigit()):
        companies = find_companies(piece)
        if not companies:
            return None
        start, piece = start + companies[0].start, piece[companies[0].start :]
    name = _name(piece)
    if not name or len(name.split()) > MAX_NAME_WORDS or not _plausible(name):
        return None
    firm = LEGAL_FORM.search(name) is not None or looks_like_person(name) or name.isupper()
    role = next((m for m in _TERM.finditer(piece, len(name)) if not _NOT_A_ROLE.search(m[1])), None)
    if (not firm and role is None) or _GENERIC.fullmatch(name):
        return None
    if role is None:
        return Party(start, start + len(name), name)
    return Party(start, start + len(name), name, role[1].strip(" ,."), start + role.start(1), start + role.end(1))


def _name(piece: str) -> str:
    """The text up to its description, its parentheses, or a comma that no legal form follows."""
    stops = [match.start() for match in (_DESCRIBED.search(piece), re.search(r"\s*[(\"“„]", piece)) if match]
    for match in re.finditer(r",", piece):
        form = LEGAL_FORM.match(piece[match.end() :].lstrip())
        if form is None:
            stops.append(match.start())
            break
    name = piece[: min(stops, default=len(piece))].strip(" ,;:\n")
    companies = find_companies(name)
    return name[: companies[0].end] if companies and companies[0].start == 0 else name


def _plausible(name: str) -> bool:
    if LEGAL_FORM.fullmatch(name):  # what a contract calls a party whose name stands elsewhere
        return False
    words = re.findall(r"[^\W\d_]+", name)
    capitals = sum(word[0].isupper() for word in words)
    return bool(words) and len(name) >= 3 and capitals >= max(1, len(words) * 0.6) and "___" not in name
