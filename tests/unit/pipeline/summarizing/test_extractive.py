import time

import pytest

from pipeline.summarizing.extractive import summarize
from schemas.documents import Block, Document, Page, Segment, Sheet, SheetCell, TextBlock, Words

ORDER = """Brightwater Ferries has ordered an electric ferry for the route to Gull Island. The weather was fine.
The electric ferry will carry 250 passengers and will be delivered in May 2027."""
CHARGING = """A charging station for the electric ferry will be built in Port Elmsford. It costs 640,000 euro.
What will the neighbours say? The harbour authority pays forty per cent of the charging station."""
ARTICLE = [
    ("heading", "New electric ferry for Gull Island"),
    ("paragraph", ORDER),
    ("heading", "Charging"),
    ("paragraph", CHARGING),
    ("paragraph", "Call us on Tel. 0555 123 or write to press@example.com for pictures of the ferry."),
]


def text(blocks: list[tuple[str, str]], **options) -> Document:
    whole, made, section = "", [], []
    for kind, content in blocks:
        section = [content] if kind == "heading" else section
        made.append(TextBlock(kind=kind, start=len(whole), stop=len(whole) + len(content), section=section))
        whole += content + "\n\n"
    return Document(shape="text", media_type="text/markdown", text=whole, blocks=made, **options)


def printed(*lines: str) -> Document:
    words = Words()
    for number, line in enumerate(lines):
        for place, word in enumerate(line.split()):
            words.text.append(word)
            for column, value in (
                ("x0", place / 10),
                ("x1", place / 10 + 0.1),
                ("y0", number / 50),
                ("y1", number / 50 + 0.01),
            ):
                getattr(words, column).append(value)
            words.line.append(number)
    block = Block(kind="paragraph", start=0, stop=len(words), box=(0, 0, 1, 1))
    page = Page(number=1, width=600, height=800, source="ocr", words=words, blocks=[block])
    return Document(shape="pages", media_type="image/jpeg", pages=[page])


def test_an_article_is_told_by_its_main_sentences_in_their_order() -> None:
    summary = summarize(text(ARTICLE), sentences=3)
    assert summary.points == sorted(summary.points, key=summary.text.index)
    assert summary.points[0].startswith("Brightwater Ferries has ordered an electric ferry")
    assert any("charging station" in point for point in summary.points)
    assert not any("weather" in point or "?" in point or "press@" in point for point in summary.points)


def test_each_point_has_its_evidence_word_for_word() -> None:
    document = text(ARTICLE)
    summary = summarize(document, sentences=4)
    assert len(summary.evidence) == len(summary.points) == 4
    for point, place in zip(summary.points, summary.evidence, strict=True):
        assert " ".join(document.text[place.start : place.end].split()) == point
        assert place.section


@pytest.mark.parametrize("wanted", [1, 2, 4])
def test_a_summary_is_as_long_as_asked(wanted: int) -> None:
    assert len(summarize(text(ARTICLE), sentences=wanted).points) == wanted


def test_a_short_document_gives_what_it_has() -> None:
    assert summarize(text([("paragraph", "The ferry leaves at nine.")]), sentences=10).points == [
        "The ferry leaves at nine."
    ]


@pytest.mark.parametrize("asked", [0, -3])
def test_at_least_one_sentence_is_given(asked: int) -> None:
    assert len(summarize(text(ARTICLE), sentences=asked).points) == 1


def test_stumps_alone_are_better_than_nothing() -> None:
    assert summarize(text([("paragraph", "Hello there.")])).points == ["Hello there."]


def test_a_receipt_without_sentences_is_told_by_its_telling_lines() -> None:
    summary = summarize(
        printed(
            "LANTERN CORNER GROCERY",
            "27 Tidewater Lane",
            "Date: 14/03/2026",
            "Bread 3.20",
            "Soup 3.50",
            "TOTAL EUR 6.70",
            "Cash 10.00",
        ),
        sentences=3,
    )
    assert summary.text == "LANTERN CORNER GROCERY\nDate: 14/03/2026\nTOTAL EUR 6.70"
    assert [place.quote for place in summary.evidence] == summary.points


def test_a_meeting_is_told_by_its_decisions_and_tasks() -> None:
    said = [
        "good morning this is the weekly meeting of the ferry team",
        "the weather was nice in the mountains where i spent my holiday",
        "we decided to stop all boats at three in the afternoon",
        "my dog likes the beach and the sea in summer",
        "anna will write the new timetable by friday",
    ]
    segments = [Segment(start=4.0 * n, end=4.0 * n + 3, text=line) for n, line in enumerate(said)]
    summary = summarize(
        Document(shape="segments", media_type="audio/flac", segments=segments, seconds=20.0), sentences=2
    )
    assert summary.points == [said[2], said[4]]
    assert [(place.start, place.end) for place in summary.evidence] == [(8.0, 11.0), (16.0, 19.0)]


def test_a_price_list_is_told_by_rows_with_their_cells() -> None:
    rows = [("Ticket", "Price"), ("Single", "9.50"), ("Total sold", "412,300.00")]
    cells = [
        SheetCell(row=row, column=column, ref=f"{'AB'[column]}{row + 1}", text=value)
        for row, values in enumerate(rows)
        for column, value in enumerate(values)
    ]
    summary = summarize(Document(shape="sheets", media_type="x", sheets=[Sheet(name="2026", cells=cells)]), sentences=2)
    assert "Total sold | 412,300.00" in summary.points
    assert summary.evidence[-1].ref == "A3"


@pytest.mark.parametrize("shape", ["pages", "text", "sheets", "segments"])
def test_a_document_without_text_gives_an_empty_summary_and_says_so(shape: str) -> None:
    summary = summarize(Document(shape=shape, media_type="x"))
    assert (summary.text, summary.points, summary.evidence) == ("", [], [])
    assert [warning.code for warning in summary.warnings] == ["nothing-to-summarize"]


def test_the_same_document_gives_the_same_summary() -> None:
    assert summarize(text(ARTICLE)) == summarize(text(ARTICLE))


def test_a_summary_names_what_made_it() -> None:
    assert summarize(text(ARTICLE)).produced_by == {"extractive-summary": "2"}


def test_a_hundred_pages_take_little_time() -> None:
    said = "The harbour of town {0} has {1} cranes and ships goods number {2} to the island every week of the year."
    blocks = [("paragraph", " ".join(said.format(n, s, n * s) for s in range(15))) for n in range(100)]
    began = time.perf_counter()
    assert len(summarize(text(blocks)).points) == 5
    assert time.perf_counter() - began < 30


def test_the_headline_of_a_plain_text_is_no_sentence_of_its_summary() -> None:
    lines = [("paragraph", "New electric ferry for Gull Island"), ("paragraph", ORDER), ("paragraph", CHARGING)]
    summary = summarize(text(lines), sentences=6)
    assert "New electric ferry for Gull Island" not in summary.points
    assert len(summary.points) >= 4


def test_of_a_transcript_what_was_decided_is_told_and_not_the_talk_around_it() -> None:
    turns = [
        "Anna: Um , well , yeah .",
        "Ben: Mm - hmm , you know , it is , uh , like that .",
        "Anna: We decided to build the charging station in Port Elmsford next spring .",
        "Ben: Yeah , but then again , well , so it was .",
        "Clara: I will send the drawings of the charging station to the harbour authority by Friday .",
        "Anna: Okay , so that is that then .",
    ]
    points = summarize(text([("paragraph", "\n".join(turns))]), sentences=2).points
    assert [point.split(":")[0] for point in points] == ["Anna", "Clara"]
    assert "decided" in points[0]
