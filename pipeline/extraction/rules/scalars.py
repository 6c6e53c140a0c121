"""Candidates for the leaves outside of arrays, and the checks they undergo together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import cast, get_args

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.leaves import Leaf
from pipeline.extraction.merging import Choice, bounded, choose
from pipeline.extraction.rules.addresses import Part, address_part
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.contracts.clauses import effective_dates, governing_laws, notice_periods, terms
from pipeline.extraction.rules.fields import bare_hits, early_dates, labelled_hits
from pipeline.extraction.rules.hits import Hit, make_hit
from pipeline.extraction.rules.money import currency_hits
from pipeline.extraction.rules.resumes import given_names, headlines, paragraphs_below, person_names, surnames
from pipeline.extraction.rules.tables.crossings import crossing_hits, is_cell
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.rules.titles import document_titles, meeting_titles
from pipeline.extraction.rules.totals import PARTS, Amounts, cross_check, disagree
from schemas.documents import Notice

CONTRADICTED = 0.5
"""Factor for the confidence of totals that do not add up."""
IN_SECTION, ELSEWHERE = 1.15, 0.4
"""Factors for values in the section of their own object, and in that of another."""
_NAMES = ("seller_name", "buyer_name", "name")
_OWN_NAME = ("person_name", "name")
"""What a document about a person prints on top; a patient or a contact stands behind a label, and the sender on top."""
_ADDRESSES = ("seller_address", "buyer_address", "address")
_PARTS: dict[str, Part] = {f"{role}_{part}": part for role in ("seller", "buyer") for part in get_args(Part)}
"""Parts of addresses by the concept that asks for them."""

Candidates = dict[str, list[Candidate]]
"""By the key of their target."""

_SPECIALISTS: dict[str, Callable[[Case, Target], list[Candidate]]] = {
    "effective_date": lambda case, target: effective_dates(case.flow, target, case.view.locale),
    "contract_term": lambda case, target: terms(case.flow, target),
    "notice_period": lambda case, target: notice_periods(case.flow, target),
    "governing_law": lambda case, target: governing_laws(case.flow, target),
    "document_title": lambda case, target: list(document_titles(case.view, target)),
    "invoice_date": lambda case, target: list(early_dates(case.view, target)),
    "meeting_date": lambda case, target: list(early_dates(case.view, target)),
    "meeting_title": lambda case, target: list(meeting_titles(case.view, target)),
    "given_name": lambda case, target: list(given_names(case.view, target)),
    "surname": lambda case, target: list(surnames(case.view, target)),
    "headline": lambda case, target: list(headlines(case.view, target)),
    "resume_summary": lambda case, target: list(paragraphs_below(case.view, target)),
}


def scalar_candidates(case: Case, lines: Sequence[Decimal]) -> Candidates:
    """Candidates for every leaf outside of arrays; `lines` are the amounts of the rows that were read."""
    found: Candidates = {target.key: list(_own(case, target)) for target in case.targets}
    _check_totals(case, found, lines)
    for target in case.targets:
        if target.concept in _NAMES:
            found[target.key] += _names(case, target)
    for target in case.targets:
        if target.concept in _ADDRESSES or target.kind == "address":
            found[target.key] += _addresses(case, target, found)
        if target.concept in _PARTS:
            found[target.key] += _address_parts(case, target, found, _PARTS[target.concept])
        if target.concept == "currency":
            found[target.key] += currency_hits(case.view, target, _best_total(case, found))
    return found


def settle(case: Case, candidates: Candidates) -> list[tuple[Target, Choice]]:
    """The choice for each leaf that has one."""
    return _apart(
        [(target, choice) for target in case.targets if (choice := choose(candidates[target.key])) is not None]
    )


def check_sum(chosen: Sequence[tuple[Target, Choice]]) -> tuple[list[tuple[Target, Choice]], list[Notice]]:
    """The choices, with doubt on totals that do not add up."""
    totals = {
        target.concept: choice for target, choice in chosen if target.concept in PARTS and not target.leaf.path[1:]
    }
    values = {name: choice.candidate.value for name, choice in totals.items() if name}
    if not disagree({name: Decimal(value) for name, value in values.items() if isinstance(value, Decimal | int)}):
        return list(chosen), []
    doubtful = [totals[name] for name in ("net_total", "tax_total", "total")]
    settled = [(target, _doubted(choice) if choice in doubtful else choice) for target, choice in chosen]
    where = next(target.key for target, _ in chosen if target.concept == "total")
    return settled, [Notice(code="totals-disagree", message="net, tax and total do not add up", where=where)]


def _apart(chosen: Sequence[tuple[Target, Choice]]) -> list[tuple[Target, Choice]]:
    """One printed value belongs to one party.

    Of two objects that took the same words for the same field, the surer one keeps it, and of two equally sure ones the
    first in the schema, which names the sender first.
    """
    holders: dict[tuple[object, ...], tuple[Target, Choice]] = {}
    for target, choice in chosen:
        if target.leaf.path[1:]:
            words = (target.leaf.path[-1], str(choice.candidate.places()))
            held = holders.setdefault(words, (target, choice))
            if choice.confidence > held[1].confidence:
                holders[words] = (target, choice)
    kept = {target.key for target, _ in holders.values()}
    return [(target, choice) for target, choice in chosen if not target.leaf.path[1:] or target.key in kept]


def _doubted(choice: Choice) -> Choice:
    return replace(choice, confidence=bounded(choice.confidence * CONTRADICTED), contradicted=True)


def _own(case: Case, target: Target) -> list[Candidate]:
    labelled = labelled_hits(case.view, target)
    if is_cell(target):
        below = [hit for hit in labelled if hit.source == "label:below"]
        labelled = [hit for hit in labelled if hit not in below] if len(below) > 1 else labelled
    hits = [*labelled, *bare_hits(case.view, target), *crossing_hits(case.view, target)]
    candidates: list[Candidate] = [hit for hit in (_weighed(case, target, hit) for hit in hits) if hit is not None]
    if target.kind == "person" and target.concept in _OWN_NAME and not target.leaf.path[1:]:
        candidates += person_names(case.view, target)
    specialist = _SPECIALISTS.get(target.concept or "")
    return candidates + (specialist(case, target) if specialist else [])


def _weighed(case: Case, target: Target, hit: Hit) -> Hit | None:
    """The hit with regard to the section it stands in; what is the receiver's stands in theirs or is labelled so."""
    owners = case.section_owners(target)
    if not owners:
        return hit
    role = case.parties.role_of(hit.run)
    if role in owners:
        return make_hit(hit.value, min(0.95, hit.score * IN_SECTION), hit.source, hit.spans, hit.currency)
    direct = (target.concept or "").split("_")[0] == owners[-1] or bool(target.leaf.texts)
    if "buyer" in owners and not direct:
        return None
    return hit if role is None else make_hit(hit.value, hit.score * ELSEWHERE, hit.source, hit.spans, hit.currency)


def _names(case: Case, target: Target) -> list[Candidate]:
    def fit(text: str) -> str | None:
        return cast("str | None", target.fit(text))

    owners = case.section_owners(target)
    return [hit for owner in owners for hit in case.parties.names(owner, fit)]


def _addresses(case: Case, target: Target, found: Candidates) -> list[Candidate]:
    """Addresses under the name of the same party; without a name of its own, of the sender's."""
    owners = case.section_owners(target) or ("seller",)
    named = [
        other for other in case.targets if other.concept in _NAMES and case.section_owners(other)[-1:] == owners[-1:]
    ]
    if not named and owners[-1] == "seller":
        named = [other for other in case.targets if other.concept == "seller_name"]
    choices = [choose(found[other.key]) for other in named]
    if not named:  # nobody asks for the name; it says where the address is all the same
        choices = [choose(case.parties.names(owners[-1], lambda text: text))]
    name = next((choice.candidate for choice in choices if choice and isinstance(choice.candidate, Hit)), None)
    hits = [hit for owner in owners for hit in case.parties.addresses(owner, name)]
    return [hit for hit in hits if target.fit(hit.value) is not None]


def _address_parts(case: Case, target: Target, found: Candidates, part: Part) -> list[Candidate]:
    """Street, postal code or town out of the addresses of the same party."""
    hits = []
    for address in _addresses(case, target, found):
        span = address_part(address.spans, part) if isinstance(address, Hit) else None
        value = target.fit(span[0].text[span[1] : span[2]].strip()) if span is not None else None
        if span is not None and value is not None:
            hits.append(make_hit(value, address.score, "address-part", [span]))
    return cast("list[Candidate]", hits)


def _check_totals(case: Case, found: Candidates, lines: Sequence[Decimal]) -> None:
    """Amounts of a bill against each other; those that the schema does not ask for speak as witnesses."""
    by_concept = {
        target.concept: target for target in case.targets if target.concept in PARTS and not target.leaf.path[1:]
    }
    if not by_concept:
        return
    amounts: Amounts = {}
    for concept in PARTS:
        target = by_concept.get(concept) or _witness(concept)
        hits = found.get(target.key) if concept in by_concept else None
        amounts[concept] = [hit for hit in (hits or labelled_hits(case.view, target)) if isinstance(hit, Hit)]
    if not amounts["total"]:
        amounts["total"] = _total_without_label(amounts)
    checked = cross_check(amounts, lines)
    for concept, target in by_concept.items():
        if concept is not None:
            found[target.key] = [*checked[concept]]


def _total_without_label(amounts: Amounts) -> list[Hit]:
    """A bill that prints no total: its subtotal, the surer where just that was paid."""
    paid = {hit.value for hit in amounts["amount_paid"]}
    return [
        make_hit(hit.value, hit.score * (0.75 if hit.value in paid else 0.45), "subtotal", hit.spans, hit.currency)
        for hit in amounts["net_total"]
    ]


def _witness(concept: str) -> Target:
    """A target for an amount that the schema does not ask for."""
    leaf = Leaf(path=(concept,), schema={"type": "number"}, nullable=True, required=False, type="number")
    return Target(leaf=leaf, concept=concept, kind="money", owners=(concept,))


def _best_total(case: Case, found: Candidates) -> Hit | None:
    for concept in ("total", "amount_due", "net_total", "closing_balance"):
        for target in case.targets:
            if target.concept == concept:
                choice = choose(found[target.key])
                if choice is not None and isinstance(choice.candidate, Hit) and choice.candidate.currency:
                    return choice.candidate
    return None
