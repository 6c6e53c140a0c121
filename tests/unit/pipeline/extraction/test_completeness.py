"""Rows are counted on the pages, whatever was read of them."""

import pytest

from pipeline.extraction.completeness import Estimates, _full_rows, estimate_rows

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
ITEM = {"position": TEXT, "description": TEXT, "quantity": NUMBER, "unit_price": NUMBER, "amount": NUMBER}
HEAD = "Pos   Description          Qty    Unit price      Amount\n"


def _line(number, name="Widget"):
    return f"{number:<5} {name:<20} {2:>3} {'9.90':>13} {'19.80':>11}"


@pytest.fixture
def counts(case_of):
    def count(document, properties=ITEM):
        array = {"type": "array", "items": {"type": "object", "properties": properties}}
        case = case_of(document, {"items": array})
        return estimate_rows(document, case.view, case.arrays[0], case.lexicon).counts

    return count


def _pages(rows, per_page=20, total="Total                                                 99.00"):
    lines = [_line(number) for number in range(1, rows + 1)]
    chunks = [lines[first : first + per_page] for first in range(0, rows, per_page)]
    return [HEAD + "\n".join(chunk) + ("\n" + total if chunk is chunks[-1] else "") for chunk in chunks]


@pytest.mark.parametrize("rows", [1, 2, 7, 20, 21, 60])
def test_rows_are_counted_over_all_pages(counts, drawn, rows):
    assert counts(drawn(*_pages(rows)))[0] == rows


def test_totals_taxes_and_notes_are_no_rows(counts, drawn):
    foot = """Subtotal                                            99.00
VAT 19%                        99.00             18.81
Total                                              117.81
Pay 10.00 within 14 days of 01.02.2024"""
    assert set(counts(drawn(*_pages(3, total=foot)))) == {3}


def test_an_item_that_sounds_like_a_total_is_counted(counts, drawn):
    drawing = (
        HEAD
        + "\n".join([_line(1), _line(2, "Total gym membership"), _line(3)])
        + "\nTotal                                                 59.40"
    )
    assert counts(drawn(drawing))[0] == 3


def test_lines_that_go_on_with_a_description_are_no_rows(counts, drawn):
    drawing = HEAD + "\n".join([_line(1), "      with bell", _line(2), "      of 2020 make"])
    assert set(counts(drawn(drawing))) == {2}


def test_a_number_left_out_still_has_its_place(counts, drawn):
    drawing = HEAD + "\n".join(_line(number) for number in (1, 2, 3, 5, 6))
    assert counts(drawn(drawing))[0] == 6


def test_without_numbers_the_pattern_of_figures_is_counted(counts, drawn):
    drawing = HEAD + "\n".join(_line("") for _ in range(5))
    assert counts(drawn(drawing)) == (5,)


def test_columns_that_are_not_always_filled_do_not_hide_rows(counts, sheet):
    document = sheet(
        ["Date", "Description", "Debit", "Credit", "Balance"],
        ["02/03/2026", "Rent", "800.00", "", "200.00"],
        ["15/03/2026", "Salary", "", "2,500.00", "2,700.00"],
        ["20/03/2026", "Shop", "45.10", "", "2,654.90"],
        ["Closing balance", "", "", "", "2,654.90"],
    )
    properties = {"date": TEXT, "description": TEXT, "debit": NUMBER, "credit": NUMBER, "balance": NUMBER}
    assert counts(document, properties)[0] == 3


def test_another_table_behind_is_not_counted(counts, drawn):
    drawing = (
        HEAD
        + _line(1)
        + "\n"
        + _line(2)
        + "\n\n\nDescription    Amount\nVAT 19 of 12.00    2.28\nVAT 7 of 12.00     0.84"
    )
    assert counts(drawn(drawing))[0] == 2


def test_where_no_heading_names_columns_nothing_can_be_counted(counts, drawn):
    assert counts(drawn("Dear Ann,\nhere are 3 boats for 12.00 and 4 for 13.00.")) == ()
    assert Estimates().against(0) is None


@pytest.mark.parametrize(
    ("estimates", "returned", "counted"),
    [((34, 20), 34, 34), ((34, 20), 20, 34), ((34, 20), 33, 34), ((2, 4), 4, 4), ((2, 4), 2, 2), ((2, 4), 3, 2)],
)
def test_a_lesser_count_never_excuses_missing_rows(estimates, returned, counted):
    assert Estimates(counts=estimates).against(returned) == counted


def test_rows_whose_amounts_are_left_blank_are_a_second_count(counts, drawn):
    lines = [f"{i:02}.03.2026   Widget no. {i:<10} {'' if i % 5 == 0 else '19.80':>12}" for i in range(1, 21)]
    drawing = (
        "Date         Description               Amount\n" + "\n".join(lines) + "\nTotal                     316.80"
    )
    dated = {"date": {"type": "string", "format": "date"}, "description": TEXT, "amount": NUMBER}
    found = counts(drawn(drawing), dated)
    assert 20 in found
    assert Estimates(counts=found).against(20) == 20
    assert Estimates(counts=found).against(19) != 19


def test_rows_of_a_table_of_words_are_those_that_fill_it():
    rows = [
        ["Ann Lee", "Elmsford", "AX"],
        ["", "by the quay", ""],
        ["Bo Tan", "Port Wey", ""],
        ["Cy Fox", "Old Quay", "CX"],
    ]
    assert _full_rows(rows) == 3
