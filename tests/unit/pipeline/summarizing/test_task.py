from io import BytesIO

from pipeline.summarizing.task import summarize
from schemas.documents import Document, TextBlock
from schemas.summaries import Summary

TEXT = "The ferry leaves the harbour at nine. The ferry returns to the harbour at ten. The ferry rests at night."


def source() -> BytesIO:
    block = TextBlock(kind="paragraph", start=0, stop=len(TEXT))
    document = Document(shape="text", media_type="text/plain", text=TEXT, blocks=[block])
    return BytesIO(document.model_dump_json().encode())


def test_the_task_answers_with_a_summary_as_json_and_tells_its_progress() -> None:
    told: list[float] = []
    summary = Summary.model_validate_json(summarize(source(), {"sentences": 2}, told.append))
    assert len(summary.points) == 2
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_five_sentences_are_the_default() -> None:
    assert len(Summary.model_validate_json(summarize(source(), {}, lambda _: None)).points) == 3
