from pipeline.summarizing.candidates import line_candidates, sentence_candidates
from schemas.documents import Block, Document, Page, Segment, Sheet, SheetCell, TextBlock, Words
from schemas.evidence import CellEvidence, PageEvidence, TextEvidence, TimeEvidence


def page(number: int, *blocks: tuple[str, list[str]]) -> Page:
    """Blocks of a kind and printed lines; every word is a tenth of the page wide, every line a twentieth high."""
    words = Words()
    made = []
    line = 0
    for kind, lines in blocks:
        start = len(words)
        for text in lines:
            for place, word in enumerate(text.split()):
                words.text.append(word)
                words.x0.append(place / 10)
                words.x1.append(place / 10 + 0.09)
                words.y0.append(line / 20)
                words.y1.append(line / 20 + 0.04)
                words.line.append(line)
            line += 1
        made.append(Block(kind=kind, start=start, stop=len(words), box=(0, 0, 1, 1)))
    return Page(number=number, width=600, height=800, source="text", words=words, blocks=made)


def pages(*made: Page) -> Document:
    return Document(shape="pages", media_type="application/pdf", pages=list(made))


def text(*blocks: tuple[str, str]) -> Document:
    whole, made = "", []
    for kind, content in blocks:
        made.append(TextBlock(kind=kind, start=len(whole), stop=len(whole) + len(content)))
        whole += content + "\n\n"
    return Document(shape="text", media_type="text/plain", text=whole, blocks=made)


def test_sentences_come_from_prose_and_not_from_headers_tables_or_code() -> None:
    document = text(
        ("header", "Company confidential."), ("heading", "Title"), ("paragraph", "One is here. Two is there."),
        ("code", "x = 1."), ("table", "a | b."), ("list_item", "Three."), ("footer", "Page 1."),
    )  # fmt: skip
    assert [c.text for c in sentence_candidates(document)] == ["One is here.", "Two is there.", "Three."]


def test_the_first_sentence_below_a_heading_opens_its_section() -> None:
    document = text(("paragraph", "One. Two."), ("paragraph", "Three."))
    document.blocks[1].section = ["Costs"]
    found = [(c.text, c.opens_section, c.opens_paragraph) for c in sentence_candidates(document)]
    assert found == [("One.", True, True), ("Two.", False, False), ("Three.", True, True)]


def test_a_sentence_over_a_page_break_is_whole_and_placed_where_it_begins() -> None:
    document = pages(
        page(1, ("paragraph", ["The ferry leaves the"]), ("footer", ["Page 1"])),
        page(2, ("header", ["Timetable"]), ("paragraph", ["harbour at nine. It returns at ten."])),
    )
    first, second = sentence_candidates(document)
    assert first.text == "The ferry leaves the harbour at nine."
    place = first.evidence()
    assert isinstance(place, PageEvidence)
    assert (place.page, place.quote) == (1, "The ferry leaves the")
    assert second.evidence().page == 2


def test_a_sentence_over_two_blocks_of_a_page_is_whole_with_the_boxes_of_both() -> None:
    document = pages(page(1, ("paragraph", ["2.1 The term is three"]), ("paragraph", ["years from now."])))
    (found,) = sentence_candidates(document)
    place = found.evidence()
    assert isinstance(place, PageEvidence)
    assert found.text == place.quote == "2.1 The term is three years from now."
    assert [box[1] for box in place.boxes] == [0.0, 0.05]


def test_a_page_that_begins_with_a_capital_begins_a_sentence() -> None:
    document = pages(page(1, ("paragraph", ["No full stop"])), page(2, ("paragraph", ["Another one."])))
    assert [c.text for c in sentence_candidates(document)] == ["No full stop", "Another one."]


def test_repeated_sentences_are_kept_once() -> None:
    document = text(("paragraph", "Same. Other. Same."))
    assert [c.text for c in sentence_candidates(document)] == ["Same.", "Other."]


def test_what_stands_on_every_page_with_another_number_is_left_out() -> None:
    numbered = [
        page(number, ("paragraph", [f"Report sheet {number} of 4."]), ("paragraph", [f"Text {letter}."]))
        for number, letter in enumerate("abcd", start=1)
    ]
    assert [c.text for c in sentence_candidates(pages(*numbered))] == ["Text a.", "Text b.", "Text c.", "Text d."]


def test_white_space_is_folded_in_the_text_and_kept_in_the_evidence() -> None:
    (found,) = sentence_candidates(text(("paragraph", "A line\nthat wraps.")))
    place = found.evidence()
    assert found.text == "A line that wraps."
    assert isinstance(place, TextEvidence)
    assert (place.start, place.end, place.quote) == (0, 18, "A line\nthat wraps.")


def test_speech_is_placed_in_seconds_within_its_segment() -> None:
    segment = Segment(start=3.0, end=7.0, text="We begin now. Then we stop.")
    document = Document(shape="segments", media_type="audio/wav", segments=[segment], seconds=8.0)
    places = [c.evidence() for c in sentence_candidates(document)]
    assert all(isinstance(place, TimeEvidence) and 3.0 <= place.start < place.end <= 7.0 for place in places)
    assert len(places) == 2


def test_lines_are_the_printed_ones_with_a_box_each() -> None:
    document = pages(page(1, ("paragraph", ["Lantern Grocery", "Total EUR 34.87"])))
    found = line_candidates(document)
    assert [c.text for c in found] == ["Lantern Grocery", "Total EUR 34.87"]
    place = found[1].evidence()
    assert isinstance(place, PageEvidence)
    assert place.quote == "Total EUR 34.87"
    assert len(place.boxes) == 1
    assert place.boxes[0][1] == 1 / 20


def test_rows_of_a_sheet_are_lines() -> None:
    cells = [SheetCell(row=0, column=0, ref="A1", text="Ticket"), SheetCell(row=0, column=1, ref="B1", text="9.50")]
    document = Document(shape="sheets", media_type="application/x", sheets=[Sheet(name="Prices", cells=cells)])
    (found,) = line_candidates(document)
    assert found.text == "Ticket | 9.50"
    assert isinstance(found.evidence(), CellEvidence)


def test_lines_of_a_text_are_cut_at_line_ends() -> None:
    found = line_candidates(text(("paragraph", "Name: Ada\n\nTotal: 12")))
    assert [(c.text, c.evidence().quote) for c in found] == [("Name: Ada", "Name: Ada"), ("Total: 12", "Total: 12")]
