"""Values outside of arrays: how the choices for several leaves are settled together."""

from decimal import Decimal

import pytest

from pipeline.extraction.candidates import Candidate
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.scalars import CONTRADICTED, check_sum, settle
from schemas.evidence import PageEvidence

PARTY = {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}}}
PARTIES = {"seller": PARTY, "buyer": PARTY, "title": {"type": "string"}}
AMOUNTS = {name: {"type": "number"} for name in ("net_total", "tax_total", "total")}


@pytest.fixture
def case(drawn, case_of):
    return lambda properties: case_of(drawn("nothing here"), properties)


def read(value, *, score=0.8, at=0.1):
    """A value that was read at a place of its own for each `at`."""
    place = PageEvidence(page=1, boxes=[(at, at, at + 0.1, at + 0.1)], quote=str(value))
    return Candidate(value=value, score=score, source="test", places=lambda: [place])


def settled(case: Case, **found):
    """Pointer → value for what is kept, and the codes of the notices; `found` is by name, `a__b` for `/a/b`."""
    candidates = {target.key: [] for target in case.targets}
    for name, candidate in found.items():
        candidates["/" + name.replace("__", "/")].append(candidate)
    chosen, notices = check_sum(settle(case, candidates))
    return {target.key: choice for target, choice in chosen}, [notice.code for notice in notices]


def values(chosen):
    return {key: choice.candidate.value for key, choice in chosen.items()}


def test_the_same_words_for_two_parties_stay_with_the_surer_one(case):
    chosen, _ = settled(case(PARTIES), seller__name=read("Acme", score=0.5), buyer__name=read("Acme", score=0.9))
    assert values(chosen) == {"/buyer/name": "Acme"}


def test_of_equally_sure_parties_the_first_of_the_schema_keeps_the_words(case):
    chosen, _ = settled(case(PARTIES), seller__name=read("Acme"), buyer__name=read("Acme"))
    assert values(chosen) == {"/seller/name": "Acme"}


def test_the_same_value_printed_twice_belongs_to_both(case):
    chosen, _ = settled(case(PARTIES), seller__city=read("Bern", at=0.1), buyer__city=read("Bern", at=0.6))
    assert values(chosen) == {"/seller/city": "Bern", "/buyer/city": "Bern"}


def test_the_same_words_may_serve_another_field_and_a_field_of_no_party(case):
    chosen, _ = settled(
        case(PARTIES), seller__name=read("Bern"), buyer__city=read("Bern", score=0.9), title=read("Bern", score=0.9)
    )
    assert set(values(chosen)) == {"/seller/name", "/buyer/city", "/title"}


def test_what_nobody_proposes_is_left_out(case):
    assert settled(case(PARTIES)) == ({}, [])


@pytest.mark.parametrize(("total", "agree"), [("119.00", True), ("119.01", True), ("120.00", False)])
def test_totals_that_do_not_add_up_are_doubted_and_said_so(case, total, agree):
    found = {"net_total": "100.00", "tax_total": "19.00", "total": total}
    proposed = {name: read(Decimal(value), at=place / 10) for place, (name, value) in enumerate(found.items())}
    chosen, codes = settled(case(AMOUNTS), **proposed)
    assert codes == ([] if agree else ["totals-disagree"])
    assert {choice.confidence for choice in chosen.values()} == {0.8 if agree else round(0.8 * CONTRADICTED, 3)}


def test_a_total_alone_contradicts_nothing(case):
    _, codes = settled(case(AMOUNTS), total=read(Decimal(5)), net_total=read(Decimal(7), at=0.5))
    assert codes == []
