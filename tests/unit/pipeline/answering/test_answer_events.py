from pipeline.answering.answer import NOT_FOUND, answer_events
from schemas.answers import Answer, Citation

CITATION = Citation(
    document_id="d", document_name="contract.pdf", chunk_id="c", quote="It lasts  a\nyear.", evidence=[]
)


def test_a_stream_says_the_text_then_citations_then_all() -> None:
    answer = Answer(question="How long?", answered=True, text="It lasts a year.", citations=[CITATION, CITATION])
    events = list(answer_events(answer))
    kinds = [event.type for event in events]
    assert kinds == [*["token"] * 4, "citation", "citation", "done"]
    assert [event.number for event in events if event.type == "citation"] == [1, 2]
    assert events[-1].answer == answer


def test_the_tokens_behind_one_another_are_the_text() -> None:
    for text in (NOT_FOUND, " odd  spaces\nand lines ", "契約", ""):
        answer = Answer(question="q", answered=False, text=text, citations=[])
        assert "".join(event.text for event in answer_events(answer) if event.type == "token") == text
