"""Items are found whole, over pages and in spite of words that sound like totals."""

import random

import pytest

from pipeline.extraction.extract import extract_by_rules
from schemas.catalogue import load

HEAD = "Pos  Description               Qty   Unit price      Amount"
GERMAN = "Pos  Beschreibung            Menge  Einzelpreis      Betrag"


WORDS = ["steel", "brass", "long", "wide", "paper", "box", "boat", "rope", "10", "mm"]


def _line(number, name="Widget"):
    return f"{number:<4} {name:<25} {7:>3} {'9.90':>12} {'69.30':>11}"


@pytest.fixture
def read(drawn):
    def make(*pages):
        extraction = extract_by_rules(drawn(*pages), load("invoice"))
        rows = extraction.rows["/line_items"]
        return [item["description"] for item in extraction.data["line_items"]], rows.counted

    return make


def test_an_item_that_sounds_like_a_total_is_an_item(read):
    lines = [_line(1), _line(2, "Total gym membership"), _line(3, "Net for landing fish"), _line(4)]
    assert read("\n".join([HEAD, *lines, "Total" + "277.20".rjust(54)])) == (
        ["Widget", "Total gym membership", "Net for landing fish", "Widget"], 4,
    )  # fmt: skip


def test_the_first_item_may_sound_like_a_total_too(read):
    assert read("\n".join([HEAD, _line(1, "Total station, rented"), _line(2)]))[0] == [
        "Total station, rented",
        "Widget",
    ]


def test_sums_carried_over_are_no_items_and_do_not_end_the_table(read):
    carried, brought = "Carried forward" + "138.60".rjust(44), "Brought forward" + "138.60".rjust(44)
    first = "\n".join([HEAD, _line(1), _line(2), carried])
    second = "\n".join([HEAD, brought, _line(3), "Total" + "207.90".rjust(54)])
    assert read(first, second) == (["Widget"] * 3, 3)


def test_a_second_invoice_in_one_file_is_not_mixed_in(read):
    total = "Total" + "69.30".rjust(54)
    names, _ = read("\n".join([HEAD, _line(1, "First"), total]), "\n".join([HEAD, _line(1, "Second"), total]))
    assert names in (["First"], ["Second"])


def _document(chance: random.Random, rows: int) -> list[str]:
    """Pages of a table with what real ones have: wrapped descriptions, repeated headings or not, feet, carried sums."""
    head, wrapped, repeated, foot = (
        chance.choice([HEAD, GERMAN]),
        chance.random() < 0.5,
        chance.random() < 0.5,
        chance.random() < 0.5,
    )
    per_page, pages, lines = chance.choice([8, 15, 30]), [], [head]
    for number in range(1, rows + 1):
        name = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 3)))
        lines.append(_line(number, name[:25]))
        if wrapped and chance.random() < 0.5:
            lines.append("     with long " + chance.choice(["rope", "box of paper"]))
        if len(lines) > per_page and number < rows:
            pages.append("\n".join([*lines, *(["Acme Ltd, page " + str(len(pages) + 1)] if foot else [])]))
            lines = [head] if repeated else []
    last = [*lines, "", "Net total" + "99.00".rjust(50), "VAT 19 %" + "18.81".rjust(51), "Total" + "117.81".rjust(54)]
    return [*pages, "\n".join([*last, *(["Acme Ltd, page " + str(len(pages) + 1)] if foot else [])])]


@pytest.mark.parametrize("seed", range(12))
def test_every_row_is_read_and_counted_whatever_the_table_looks_like(read, seed):
    chance = random.Random(seed)
    rows = chance.choice([1, 2, 3, 9, 20, 60])
    names, counted = read(*_document(chance, rows))
    assert (len(names), counted) == (rows, rows)
