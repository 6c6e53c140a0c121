import pytest

from pipeline.prompting.pages import form_likeness, ornaments_of, page_part, page_text
from schemas.documents import Block, Cell, Page, Table, Words


def words(*lines: str, confidence: float | None = None) -> Words:
    """Words of 10 x 10 points on a page of 1000 x 1000, a line below the other; `~` is a wide gap."""
    made = Words(confidence=None if confidence is None else [])
    for number, line in enumerate(lines):
        x = 0.0
        for word in line.split():
            if word == "~":
                x += 0.2
                continue
            made.text.append(word)
            made.x0.append(x)
            made.x1.append(x + 0.01)
            made.y0.append(number * 0.02)
            made.y1.append(number * 0.02 + 0.01)
            made.line.append(number)
            if made.confidence is not None:
                made.confidence.append(confidence)
            x += 0.015
    return made


def page(made: Words, *blocks: Block, number: int = 1, **fields) -> Page:
    return Page(number=number, width=1000, height=1000, words=made, blocks=list(blocks), **{"source": "text", **fields})


def block(kind: str, start: int, stop: int, **fields) -> Block:
    return Block(kind=kind, start=start, stop=stop, box=(0, 0, 1, 1), **fields)


def test_lines_stay_lines_and_wide_gaps_stay_wide() -> None:
    shown = page_text(page(words("Total: ~ 12.50 EUR", "due now"), block("paragraph", 0, 5)))
    assert shown == "Total:   12.50 EUR\ndue now"


def test_headings_and_list_items_are_marked() -> None:
    made = words("Terms of use", "• first", "plain")
    shown = page_text(page(made, block("heading", 0, 3, level=2), block("list_item", 3, 5), block("paragraph", 5, 6)))
    assert shown == "## Terms of use\n\n- first\n\nplain"


def test_tables_are_rows_of_pipes_with_each_value_under_its_name() -> None:
    cells = [
        Cell(row=0, column=0, text="Item"),
        Cell(row=0, column=1, text="Price"),
        Cell(row=1, column=1, text="5 | 6"),
        Cell(row=2, column=0, text=" Nut\nbolt "),
    ]
    table = Table(rows=3, columns=2, cells=cells, header_rows=1)
    part = page_part(page(words("Item Price 5"), block("table", 0, 3, table=table)), pixels=False)
    assert part.text == "| Item | Price |\n|  | 5 \\| 6 |\n| Nut bolt |  |"
    assert (part.tables, part.rows) == (1, 2)


def test_no_word_is_lost_that_no_block_holds() -> None:
    assert page_text(page(words("a b c d"), block("paragraph", 1, 2))) == "b\n\na\n\nc d"


def test_ocr_is_told_with_how_sure_it_was() -> None:
    part = page_part(page(words("a b", confidence=0.75), source="ocr"), pixels=True)
    assert (part.ocr, part.confidence, part.pixels) == (True, 0.75, True)


def test_a_page_that_could_not_be_read_says_why() -> None:
    assert "The page is damaged" in page_text(page(Words(), source="none", problem="The page is damaged."))


@pytest.mark.parametrize(
    ("lines", "least", "most"),
    [
        (["Name: ______", "Date of birth: ______", "[ ] yes", "☐ no", "City: ______ ZIP ______"], 0.5, 1.0),
        (["Invoice number: 12", "Date: 3 May", "Dear customer", *["we have delivered what you asked"] * 20], 0.0, 0.2),
        (["It was a bright cold day in April"] * 30, 0.0, 0.0),
    ],
)
def test_forms_are_told_from_letters(lines: list[str], least: float, most: float) -> None:
    assert least <= form_likeness(page(words(*lines))) <= most


def test_pictures_on_every_page_say_nothing_of_a_page() -> None:
    logo, chart = (0.0, 0.0, 0.2, 0.1), (0.1, 0.4, 0.9, 0.8)
    pages = [page(Words(), number=n, pictures=[logo, chart] if n == 2 else [logo]) for n in range(1, 5)]
    ornaments = ornaments_of(pages)
    assert ornaments == {logo}
    assert page_part(pages[0], pixels=False, ornaments=ornaments).pictured == 0
    assert page_part(pages[1], pixels=False, ornaments=ornaments).pictured == pytest.approx(0.32, abs=0.02)


def test_a_text_layer_behind_a_picture_of_the_page_is_some_other_programs_ocr() -> None:
    assert page_part(page(words("a b"), pictures=[(0, 0, 1, 1)]), pixels=False).ocr
    assert not page_part(page(words("a b"), pictures=[(0, 0, 0.5, 0.5)]), pixels=False).ocr


def test_overlapping_pictures_count_once() -> None:
    both = page(Words(), pictures=[(0, 0, 0.5, 1), (0.25, 0, 0.5, 1)])
    assert page_part(both, pixels=False).pictured == 0.5
