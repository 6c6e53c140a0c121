"""The committed example documents say what their makers say, and add up."""

from decimal import Decimal
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

import examples
from examples import make_documents
from examples.making import contract, delivery_notes, invoice, receipt
from examples.making.invoice_line import InvoiceLine, money, totals
from examples.making.paper import Paper, wrap

FOLDER = Path(examples.__file__).parent


def text_of(name: str) -> str:
    with pymupdf.open(FOLDER / name) as document:
        return "\n".join(page.get_text() for page in document)


def test_an_amount_is_quantity_times_price_and_printed_with_thousands() -> None:
    line = InvoiceLine(article="A", description="b", quantity=100, unit="pcs", unit_price=Decimal("12.30"))
    assert line.amount == Decimal("1230.00")
    assert money(line.amount) == "1,230.00"


def test_totals_add_up_to_the_cent() -> None:
    sums = totals(invoice.LINES, 19)
    assert sums.net == sum(line.amount for line in invoice.LINES)
    assert sums.total == sums.net + sums.tax
    assert sums.tax == Decimal("1157.19")


def test_the_iban_has_a_valid_check_digit() -> None:
    compact = invoice.IBAN.replace(" ", "")
    digits = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    assert int(digits) % 97 == 1


def test_the_invoice_file_shows_every_line_item_and_the_sums_on_two_pages() -> None:
    text = text_of("invoice.pdf")
    assert len(invoice.LINES) >= 30
    assert all(line.description in text and money(line.amount) in text for line in invoice.LINES)
    assert money(invoice.SUMS.total) in text
    assert text.count("Unit price") == 2


def test_the_contract_file_has_ten_pages_and_all_twenty_clauses() -> None:
    with pymupdf.open(FOLDER / "contract.pdf") as document:
        assert document.page_count == contract.PAGES == 10
    text = text_of("contract.pdf")
    assert all(f"\n{number}. " in text for number in range(1, 21))


def test_the_delivery_notes_file_holds_a_bilevel_frame_for_each_note() -> None:
    with Image.open(FOLDER / "delivery_notes.tiff") as frames:
        assert (frames.n_frames, frames.mode) == (len(delivery_notes.NOTES), "1")


def test_the_receipt_adds_up() -> None:
    total = sum(quantity * price for quantity, _, price in receipt.ITEMS)
    assert total == receipt.TOTAL
    assert receipt.TAX < receipt.TOTAL < receipt.PAID


def test_all_examples_together_stay_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}]
    assert sum(path.stat().st_size for path in files) < 3_000_000


@pytest.mark.parametrize("name", sorted(make_documents.DOCUMENTS))
def test_making_a_document_twice_gives_the_same_bytes(name: str) -> None:
    make = make_documents.DOCUMENTS[name]
    assert make() == make()


def test_lines_are_filled_up_to_the_width() -> None:
    lines = wrap("one two three four five six", 60, size=10)
    assert " ".join(lines) == "one two three four five six"
    assert len(lines) > 1


def test_text_is_placed_by_its_right_end() -> None:
    paper = Paper("t")
    paper.new_page()
    paper.text(300, 100, "end", align="right")
    with pymupdf.open(stream=paper.pdf()) as document:
        assert document[0].get_text("words")[0][2] == pytest.approx(300, abs=1)
