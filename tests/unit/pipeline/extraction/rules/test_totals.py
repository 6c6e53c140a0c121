"""Amounts that add up speak for one another."""

from decimal import Decimal

import pytest

from pipeline.extraction.rules.hits import make_hit
from pipeline.extraction.rules.totals import PARTS, cross_check, disagree


@pytest.fixture
def check(drawn, case_of):
    run = case_of(drawn("x"), {}).view.layout.rows[0].runs[0]

    def make(lines=(), **amounts):
        hits = {
            name: [make_hit(Decimal(value), score, "label", [(run, 0, 1)]) for value, score in amounts.get(name, [])]
            for name in PARTS
        }
        checked = cross_check(hits, [Decimal(line) for line in lines])
        return {name: {str(hit.value): hit.score for hit in checked[name]} for name in PARTS}

    return make


def test_the_total_that_net_and_tax_make_wins(check):
    checked = check(net_total=[("100.00", 0.7)], tax_total=[("19.00", 0.7)], total=[("100.00", 0.8), ("119.00", 0.75)])
    assert checked["total"]["119.00"] > checked["total"]["100.00"]
    assert checked["net_total"]["100.00"] > 0.7


def test_rounding_belongs_to_the_total_that_was_paid(check):
    checked = check(
        net_total=[("67.00", 0.8)],
        tax_total=[("4.02", 0.8)],
        rounding=[("-0.02", 0.8)],
        total=[("71.02", 0.8), ("71.00", 0.8)],
        amount_paid=[("71.00", 0.8)],
    )
    assert checked["total"]["71.00"] > checked["total"]["71.02"]


def test_cash_less_change_is_the_total(check):
    checked = check(total=[("31.00", 0.6), ("35.00", 0.6)], amount_paid=[("101.00", 0.8)], change=[("70.00", 0.8)])
    assert checked["total"]["31.00"] > checked["total"]["35.00"]


def test_lines_add_up_to_the_net(check):
    checked = check(lines=["10.00", "20.00"], net_total=[("30.00", 0.5), ("35.70", 0.5)])
    assert checked["net_total"]["30.00"] > checked["net_total"]["35.70"]


def test_a_zero_tax_proves_little(check):
    with_tax = check(net_total=[("10.00", 0.7)], tax_total=[("1.00", 0.7)], total=[("11.00", 0.7)])
    without = check(net_total=[("10.00", 0.7)], tax_total=[("0.00", 0.7)], total=[("10.00", 0.7)])
    assert with_tax["total"]["11.00"] > without["total"]["10.00"]


def test_without_agreement_nothing_changes(check):
    checked = check(net_total=[("10.00", 0.7)], tax_total=[("3.00", 0.7)], total=[("11.00", 0.7)])
    assert checked["total"] == {"11.00": pytest.approx(0.7)}


def test_the_net_beside_a_tax_is_not_the_total_too(check):
    checked = check(
        lines=["100.00"],
        net_total=[("100.00", 0.8)],
        tax_total=[("19.00", 0.8)],
        total=[("100.00", 0.9), ("119.00", 0.8)],
    )
    assert checked["total"]["119.00"] > 2 * checked["total"]["100.00"]


@pytest.mark.parametrize(
    ("amounts", "yes"),
    [
        ({"net_total": "100", "tax_total": "19", "total": "120"}, True),
        ({"net_total": "99.99", "tax_total": "19.00", "total": "118.98"}, False),
        ({"net_total": "100", "tax_total": "19", "total": "124", "shipping": "5"}, False),
        ({"net_total": "100", "tax_total": "19", "total": "109", "discount": "10"}, False),
        ({"net_total": "100", "total": "120"}, False),
    ],
)
def test_totals_disagree_when_nothing_explains_the_difference(amounts, yes):
    assert disagree({name: Decimal(value) for name, value in amounts.items()}) is yes


def test_the_sum_of_the_lines_is_no_total_where_a_larger_one_stands_further_down(drawn, case_of):
    rows = case_of(drawn("Total 74.68\nGrand total 87.08"), {}).view.layout.rows
    first, last = (
        make_hit(Decimal(value), 0.8, "label", [(row.runs[0], 0, 5)])
        for value, row in zip(("74.68", "87.08"), rows, strict=True)
    )
    lines = [Decimal("70.00"), Decimal("4.68")]
    empty = {name: [] for name in PARTS}
    assert cross_check(empty | {"total": [first]}, lines)["total"][0].score > first.score
    checked = cross_check(empty | {"total": [first, last]}, lines)["total"]
    assert [hit.score for hit in checked] == [first.score, last.score]
