import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.prompting.stretches import stretch_parts
from schemas.documents import Cell, Document, Segment, Sheet, SheetCell, Table, TextBlock


def text_document(*paragraphs: str, section: list[str] | None = None) -> Document:
    text, blocks = "", []
    for paragraph in paragraphs:
        start = len(text)
        text += paragraph + "\n"
        blocks.append(TextBlock(kind="paragraph", start=start, stop=start + len(paragraph), section=section or []))
    return Document(shape="text", media_type="text/plain", text=text, blocks=blocks)


def table_document(rows: int) -> Document:
    names = [Cell(row=0, column=0, text="Item"), Cell(row=0, column=1, text="Price")]
    body = [Cell(row=n, column=c, text=f"v{n}-{c}") for n in range(1, rows + 1) for c in (0, 1)]
    table = Table(rows=rows + 1, columns=2, cells=[*names, *body], header_rows=1)
    block = TextBlock(kind="table", start=0, stop=5, table=table)
    return Document(shape="text", media_type="text/html", text="table", blocks=[block])


def test_a_short_document_is_one_part() -> None:
    [part] = stretch_parts(text_document("One.", "Two."), 1_000)
    assert part.text == "One.\n\nTwo."
    assert (part.number, part.kind, part.words) == (1, "part", 2)


def test_parts_are_cut_between_paragraphs_and_say_under_which_headings() -> None:
    parts = list(stretch_parts(text_document(*["word " * 20] * 10, section=["Terms", "Fees"]), 400))
    assert len(parts) > 2
    assert all(part.text.startswith("(under: Terms > Fees)\n\n") for part in parts)
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))


def test_a_table_over_several_parts_repeats_the_names_of_its_columns() -> None:
    parts = list(stretch_parts(table_document(100), 300))
    assert len(parts) > 3
    assert all(part.text.startswith("| Item | Price |\n") for part in parts)
    rows = [line for part in parts for line in part.text.splitlines() if "v" in line]
    assert rows == [f"| v{n}-0 | v{n}-1 |" for n in range(1, 101)]
    assert sum(part.rows for part in parts) == 100


def test_a_sheet_keeps_its_columns_and_repeats_its_names() -> None:
    cells = [SheetCell(row=0, column=0, ref="A1", text="Name"), SheetCell(row=0, column=4, ref="E1", text="Sum")]
    cells += [SheetCell(row=n, column=4, ref=f"E{n + 1}", text=str(n)) for n in range(1, 60)]
    document = Document(shape="sheets", media_type="x", sheets=[Sheet(name="Costs", cells=cells)])
    parts = list(stretch_parts(document, 200))
    assert all(part.text.startswith("# Costs\n| Name | Sum |\n") for part in parts)
    assert "|  | 7 |" in "".join(part.text for part in parts)
    assert sum(part.rows for part in parts) == 59


def test_speech_says_when_and_who() -> None:
    said = [Segment(start=61, end=63, text="Hello.", speaker="Ada"), Segment(start=3_700, end=3_702, text="Bye.")]
    [part] = stretch_parts(Document(shape="segments", media_type="audio/wav", segments=said), 1_000)
    assert part.text == "[1:01] Ada: Hello.\n[1:01:40] Bye."


def test_an_empty_document_has_no_parts() -> None:
    assert list(stretch_parts(text_document(), 100)) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=400), max_size=20))
def test_parts_are_of_bounded_size_and_lose_no_letter(paragraphs: list[str]) -> None:
    parts = list(stretch_parts(text_document(*paragraphs), 200))
    assert all(len(part.text.encode()) <= 200 for part in parts)
    letters = "".join("".join(paragraphs).split())
    assert "".join("".join(part.text for part in parts).split()) == letters


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_a_text_without_a_single_space_is_cut_all_the_same(length: int) -> None:
    parts = list(stretch_parts(text_document("x" * length), 4_500))
    assert sum(part.text.count("x") for part in parts) == length
    assert max(len(part.text) for part in parts) <= 4_500
