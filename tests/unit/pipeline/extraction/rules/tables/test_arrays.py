"""Tables become the rows of arrays, however their items are laid out."""

import pytest

from pipeline.extraction.rules.tables.arrays import read_table

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
ITEM = {"description": TEXT, "quantity": NUMBER, "unit": TEXT, "unit_price": NUMBER, "amount": NUMBER}
HEAD = "Description            Qty       Unit price     Amount\n"
SADDLE = "Saddle                 2              45.50      91.00"
BELL = "Bell                   1               4.00       4.00"


@pytest.fixture
def rows(drawn, case_of):
    def read(*drawings, properties=ITEM):
        array = {"type": "array", "items": {"type": "object", "properties": properties}}
        case = case_of(drawn(*drawings), {"items": array})
        table = read_table(case.view, case.arrays[0], case.lexicon)
        if table is None:
            return []
        return [{key.rsplit("/", 1)[-1]: str(hit.value) for key, hit in row.items()} for row in table.rows]

    return read


def _names(rows):
    return [row.get("description") for row in rows]


def test_each_line_is_a_row(rows):
    drawing = HEAD + f"{SADDLE}\n{BELL}"
    assert rows(drawing) == [
        {"description": "Saddle", "quantity": "2", "unit_price": "45.50", "amount": "91.00"},
        {"description": "Bell", "quantity": "1", "unit_price": "4.00", "amount": "4.00"},
    ]


def test_a_description_goes_on_in_the_lines_below(rows):
    drawing = HEAD + f"{SADDLE}\nof brown leather\n{BELL}"
    assert _names(rows(drawing)) == ["Saddle of brown leather", "Bell"]


def test_a_description_may_stand_over_its_figures(rows):
    drawing = (
        HEAD
        + "Saddle, leather\n"
        + SADDLE.replace("Saddle", "      ")
        + "\nBell, brass\n"
        + BELL.replace("Bell", "    ")
    )
    found = rows(drawing)
    assert _names(found) == ["Saddle, leather", "Bell, brass"]
    assert found[0]["amount"] == "91.00"


def test_remarks_with_colons_are_neither_rows_nor_descriptions(rows):
    drawing = HEAD + f"{SADDLE}\nGross price: 50.00\n{BELL}"
    assert _names(rows(drawing)) == ["Saddle", "Bell"]


def test_the_totals_end_the_table(rows):
    foot = (
        "Subtotal                                         91.00\nThank you                                         5.00"
    )
    assert _names(rows(f"{HEAD}{SADDLE}\n{foot}")) == ["Saddle"]


def test_a_table_goes_on_behind_its_repeated_heading(rows):
    page = HEAD + "Item {}                 2              45.50      91.00\nAcme Ltd, page {} of 3"
    pages = [page.format(name, number) for number, name in enumerate("ABC", 1)]
    assert _names(rows(*pages)) == ["Item A", "Item B", "Item C"]


def test_a_table_goes_on_without_a_heading_on_the_next_page(rows):
    first = HEAD + "Saddle                 2              45.50      91.00"
    second = (
        "Bell                   1               4.00       4.00\nTotal                                            95.00"
    )
    assert _names(rows(first, second)) == ["Saddle", "Bell"]


def test_the_unit_behind_a_quantity_is_kept_apart(rows):
    (row,) = rows(HEAD + "Saddle                 2 pcs          45.50      91.00")
    assert (row["quantity"], row["unit"]) == ("2", "pcs")


def test_columns_that_are_not_asked_for_are_passed_over(rows):
    drawing = "Description      Colour      Qty      Amount\nSaddle           brown        2        91.00"
    assert rows(drawing) == [{"description": "Saddle", "quantity": "2", "amount": "91.00"}]


def test_columns_of_a_users_own_are_found_by_name_and_hint(rows):
    properties = {"vessel": TEXT, "berth": {"type": "string", "x-sheaf-labels": ["Pier"]}, "tonnage": NUMBER}
    drawing = "Vessel        Pier       Tonnage\nHeron         A1          1,200\nKittiwake     B2            980"
    assert rows(drawing, properties=properties) == [
        {"vessel": "Heron", "berth": "A1", "tonnage": "1200"},
        {"vessel": "Kittiwake", "berth": "B2", "tonnage": "980"},
    ]


def test_of_several_tables_the_fullest_fit_is_taken(rows):
    drawing = "Description     Amount\nVAT 19%          17.29\n\n\n\n\n\n\n\n" + HEAD + f"{SADDLE}\n{BELL}"
    assert _names(rows(drawing)) == ["Saddle", "Bell"]


def test_a_document_without_a_table_has_no_rows(rows):
    assert rows("Dear Ann,\nthank you for your letter.") == []


def test_a_row_whose_figures_contradict_one_another_is_trusted_less(drawn, case_of):
    array = {"type": "array", "items": {"type": "object", "properties": ITEM}}
    case = case_of(
        drawn(HEAD + SADDLE + "\n" + BELL.replace("1", "3")),
        {"items": array},
    )
    table = read_table(case.view, case.arrays[0], case.lexicon)
    assert table is not None
    good, bad = (row["/items/*/amount"].score for row in table.rows)
    assert bad < good
