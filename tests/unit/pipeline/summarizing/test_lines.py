import pytest

from pipeline.reading.passages import TextPassage
from pipeline.summarizing.candidates import Candidate
from pipeline.summarizing.lines import choose_lines, line_score


def line(text: str, kind: str = "paragraph") -> Candidate:
    return Candidate(text=text, passage=TextPassage(text=text, kind=kind, offset=0), start=0, end=len(text))


RECEIPT = [
    "LANTERN CORNER GROCERY",
    "27 Tidewater Lane",
    "Port Elmsford PE4 7QX",
    "Date: 14/03/2026 17:42",
    "1 Wholemeal bread 3.20",
    "2 Tomato soup 3.50",
    "3 Lemon 1.35",
    "TOTAL EUR 34.87",
    "Cash 40.00",
    "Thank you for shopping with us",
]


def test_a_receipt_is_told_by_its_merchant_date_and_total() -> None:
    chosen = [c.text for c in choose_lines([line(text) for text in RECEIPT], 3)]
    assert chosen == ["LANTERN CORNER GROCERY", "Date: 14/03/2026 17:42", "TOTAL EUR 34.87"]


@pytest.mark.parametrize("total", ["Gesamtbetrag 34,87 EUR", "Summe: 34,87", "Totaal 34,87", "Total à payer 34,87 €"])
def test_totals_are_known_in_other_languages(total: str) -> None:
    assert line_score(line(total), 30) > 1


def test_lines_without_words_and_whole_paragraphs_are_never_chosen() -> None:
    assert choose_lines([line("12.50 13.00"), line("word " * 40)], 5) == []


def test_a_heading_tells_more_than_a_line_of_text() -> None:
    assert line_score(line("Prices", "heading"), 20) > line_score(line("Prices"), 20)


@pytest.mark.parametrize("before", ["Brightwater Ferries Ltd", "Bill to:"])
def test_of_a_row_of_cells_only_the_label_with_its_value_is_taken(before: str) -> None:
    (chosen,) = choose_lines([line(f"{before} | Invoice date: | 12 March 2026", "table")], 1)
    assert chosen.text == "Invoice date: | 12 March 2026"
    assert chosen.evidence().quote == chosen.text
