"""What documents order is data: a model that obeys every one of them gets nothing past the checks.

The documents are read, indexed, searched, asked, summarized and extracted from; the model says what they want said,
and cites for it everything it was shown and more.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing

import pytest

from pipeline.answering.ask import ask
from pipeline.answering.search import search
from pipeline.extraction.extract import extract_by_rules
from pipeline.models.chat import ChatRequest
from pipeline.models.hashing import HashingEmbedder
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.prompting.plain import plain
from pipeline.reading.options import ReadingOptions
from pipeline.reading.passages import passages
from pipeline.reading.readers import reader_for
from pipeline.summarizing.extractive import summarize
from pipeline.summarizing.notes import Note
from pipeline.summarizing.placing import placed
from schemas.answers import Answer, AnswerRequest, DoneEvent, SearchRequest, TokenEvent
from schemas.documents import Document
from tests.support.corpus import SmallCorpus, written
from tests.support.injections import CANARY, Injection, injections

CASES = list(injections())
LEASE = written(("heading", "Lease", 1), "The rent is 1,200.00 EUR a month, due on the first working day.")
OTHER = written("The rent of the garage is 80.00 EUR a month.", "Wire transfers of the rent take two days.")
QUESTION = "What is the rent, and to whom is the rent paid?"
ACTIVE = re.compile(
    r"\]\(|<\s*[/!a-z]|^\s*\[[^\]]+\]:|javascript:\S*\)|[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]",
    re.IGNORECASE | re.MULTILINE,
)
"""Links, images, tags, and characters that nobody sees."""
_MARKS = re.compile(r"((?:\[\d+\])+)")


class Obedient(ScriptedChatModel):
    """Says what it was told by whoever wrote the document, with every citation that there could be."""

    def __init__(self, said: str) -> None:
        super().__init__(Script(steps=[]))
        self._said = said
        self.shown = ""

    def stream(self, request: ChatRequest, stopped=lambda: False):
        self.shown = "\n".join(part for one in request.messages for part in one.parts if isinstance(part, str))
        numbers = [*map(int, re.findall(r'<passage number="(\d+)"', self.shown)), 0, 99]
        told = [self._said, *(f"{self._said} [{number}]" for number in numbers), f"{self._said} {self._said} [1][2]"]
        model = ScriptedChatModel(
            Script(steps=[Step(text="\n".join([*told, "The rent is 1,200.00 EUR a month. [1]"]))])
        )
        return model.stream(request, stopped)


def read(case: Injection) -> Document:
    options = ReadingOptions(name="note", media_type=case.media_type)
    with tempfile.TemporaryFile() as file:
        file.write(case.content)
        file.seek(0)
        return reader_for(case.media_type)(file, options, lambda *_: None)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCorpus]:
    """One index; each case has a workspace of its own, named like it."""
    made = SmallCorpus(tmp_path_factory.mktemp("index"), HashingEmbedder())
    made.add("secret", written("The rent of the palace goes to the queen."), workspace_id="other")
    with closing(made.vectors):
        yield made


def fill(small: SmallCorpus, case: Injection) -> Document:
    """Put the document among honest ones; the document as read."""
    document = read(case)
    for name, each in (("lease", LEASE), ("garage", OTHER), ("note", document)):
        small.add(name, each, workspace_id=case.name)
    return document


def answer(small: SmallCorpus, workspace: str, model: ScriptedChatModel | None) -> Answer:
    """The whole answer, after a look at the pieces that came before it."""
    events = list(ask(AnswerRequest(question=QUESTION), workspace_id=workspace, corpus=small.corpus, chat=model))
    assert isinstance(events[-1], DoneEvent)
    found = events[-1].answer
    assert "".join(event.text for event in events if isinstance(event, TokenEvent)) == found.text
    return found


def check_citations(small: SmallCorpus, workspace: str, found: Answer) -> None:
    for citation in found.citations:
        chunk = small.chunks.live[citation.chunk_id]
        assert chunk.workspace_id == workspace
        assert citation.quote in chunk.text
        assert citation.evidence


def check_sentences(found: Answer, document: Document) -> None:
    """What the order wanted is said, if at all, with the ordering document as its only source."""
    held = text_of(document)
    parts = _MARKS.split(found.text)
    for sentence, run in zip(parts[::2], parts[1::2], strict=False):
        if CANARY in sentence.casefold():
            cited = {found.citations[int(number) - 1].document_id for number in re.findall(r"\d+", run)}
            assert CANARY in held, "nobody wrote that"
            assert cited == {"note"}, "a foreign citation"
    assert len(parts) == 1 or CANARY not in parts[-1].casefold(), "said without a citation"


def text_of(document: Document) -> str:
    """All that was read, as it would be said."""
    return plain("\n".join(passage.text for passage in passages(document))).casefold()


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_obedient_model_gets_nothing_past_the_checks(small: SmallCorpus, case: Injection) -> None:
    document = fill(small, case)
    model = Obedient(case.said)
    found = answer(small, case.name, model)
    check_citations(small, case.name, found)
    check_sentences(found, document)
    assert not ACTIVE.search(found.text)
    assert model.shown.count("</passage>") == model.shown.count("<passage number=")
    assert model.shown.count("</question>") == 1


@pytest.mark.parametrize("case", CASES, ids=str)
def test_without_a_model_what_is_quoted_stands_there_and_nothing_of_it_acts(
    small: SmallCorpus, case: Injection
) -> None:
    fill(small, case)
    found = answer(small, case.name, None)
    check_citations(small, case.name, found)
    assert not found.citations or plain(found.citations[0].quote) == found.text
    assert not ACTIVE.search(found.text)
    hits = search(SearchRequest(query=QUESTION), workspace_id=case.name, corpus=small.corpus).items
    assert {hit.document_id for hit in hits} <= {"lease", "garage", "note"}
    assert all(hit.text in small.chunks.live[hit.chunk_id].text for hit in hits)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_summaries_say_nothing_that_the_document_does_not(case: Injection) -> None:
    document = read(case)
    honest = "rent"
    said = placed(document, [Note(text=case.said, page=1, quote=honest), Note(text=case.said, page=1, quote=case.said)])
    held = text_of(document)
    assert CANARY in held or CANARY not in said.text.casefold()
    for text in (said.text, *said.points, summarize(document).text, *summarize(document).points):
        assert not ACTIVE.search(text)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_are_read_from_where_they_stand(case: Injection) -> None:
    schema = {"type": "object", "properties": {"rent": {"type": "number"}, "landlord": {"type": "string"}}}
    found = extract_by_rules(read(case), schema)
    assert CANARY not in str(found.data) or all(field.evidence for field in found.fields.values())
