"""Documents that are deleted or changed while a model reads or writes: nothing of theirs is said any more."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.answering.ask import WITHHELD, ask, whole_answer
from pipeline.answering.search import search
from pipeline.errors import ModelUnavailable
from pipeline.models.hashing import HashingEmbedder
from schemas.answers import AnswerEvent, AnswerRequest, Filters, SearchRequest
from tests.support.corpus import SmallCorpus, written
from tests.support.writing import Writing

RENT = "The rent is 1,200.00 EUR a month, due on the first working day."
PLACE = "The rent is paid in Harbour Street."


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallCorpus]:
    made = SmallCorpus(tmp_path, HashingEmbedder())
    made.add("lease.pdf", written(RENT))
    made.add("guide.pdf", written(PLACE), collection="towns")
    with closing(made.vectors):
        yield made


def events(small: SmallCorpus, model: Writing | None, *, stream: bool = False, **more: object) -> list[AnswerEvent]:
    request = AnswerRequest(question="What is the rent?", stream=stream, **more)
    return list(ask(request, workspace_id="w", corpus=small.corpus, chat=model))


def delete(small: SmallCorpus, name: str = "lease.pdf") -> Callable[[], None]:
    return lambda: small.delete(name)


@pytest.mark.parametrize("gone", ["lease.pdf", "guide.pdf"])
def test_an_answer_is_made_anew_when_a_document_that_was_read_for_it_is_deleted(small: SmallCorpus, gone: str) -> None:
    kept = PLACE if gone == "lease.pdf" else RENT
    found = whole_answer(iter(events(small, Writing([RENT, delete(small, gone)], [RENT, PLACE]))))
    assert found.text == f"{kept} [1]"
    assert [citation.quote for citation in found.citations] == [kept]
    codes = [warning.code for warning in found.warnings]
    assert codes[0] == "answer-redone"


def test_it_is_withheld_with_its_reason_when_that_happens_again(small: SmallCorpus) -> None:
    model = Writing([RENT, delete(small)], [PLACE, delete(small, "guide.pdf")])
    found = whole_answer(iter(events(small, model)))
    assert (found.answered, found.text, found.citations) == (False, WITHHELD, [])
    assert [warning.code for warning in found.warnings] == ["documents-changed"]


def test_a_stream_is_begun_anew_as_long_as_nothing_was_said(small: SmallCorpus) -> None:
    found = events(small, Writing([delete(small), RENT], [PLACE]), stream=True)
    assert [event.type for event in found] == ["retrieved", "retrieved", "token", "citation", "done"]
    assert [[passage.document_id for passage in event.passages] for event in found if event.type == "retrieved"][1] == [
        "guide.pdf"
    ]
    assert "1,200" not in "".join(event.model_dump_json() for event in found)


@pytest.mark.parametrize("further", [[PLACE], [], [ModelUnavailable("away")]])
def test_a_stream_that_has_begun_ends_with_what_happened(small: SmallCorpus, further: list[str | Exception]) -> None:
    found = events(small, Writing([RENT, delete(small), *further]), stream=True)
    assert [event.type for event in found] == ["retrieved", "token", "citation", "token", "done"]
    assert found[-2].text.strip() == WITHHELD
    answer = found[-1].answer
    assert (answer.answered, answer.text, answer.citations) == (False, WITHHELD, [])
    assert [warning.code for warning in answer.warnings] == ["documents-changed"]


def test_a_document_that_the_filter_no_longer_lets_through_is_as_good_as_deleted(small: SmallCorpus) -> None:
    def move() -> None:
        small.chunks.known["guide.pdf"] = replace(small.chunks.known["guide.pdf"], collection="secrets")

    found = whole_answer(iter(events(small, Writing([PLACE, move], []), filters=Filters(collection="towns"))))
    assert (found.answered, found.citations) == (False, [])


def test_a_quoted_answer_looks_again_after_its_sentences_were_compared(
    small: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = HashingEmbedder.embed

    def late(self: HashingEmbedder, texts: list[str]) -> object:
        if RENT in texts:
            small.delete("lease.pdf")
        return embed(self, texts)

    monkeypatch.setattr(HashingEmbedder, "embed", late)
    found = events(small, None, stream=True)
    assert "1,200" not in "".join(event.model_dump_json() for event in found)
    monkeypatch.undo()


def test_a_copy_that_was_deleted_is_not_named_beside_what_is_cited(small: SmallCorpus) -> None:
    small.add("copy.pdf", written(RENT))
    found = whole_answer(iter(events(small, Writing([RENT, delete(small, "copy.pdf")], [RENT]))))
    assert found.answered
    assert "copy.pdf" not in found.model_dump_json()


def test_what_was_not_changed_is_answered_once_and_without_a_word_of_it(small: SmallCorpus) -> None:
    found = events(small, Writing([RENT, PLACE]), stream=True)
    assert [event.type for event in found] == ["retrieved", "token", "citation", "token", "citation", "done"]
    assert found[-1].answer.warnings == []


def test_a_document_deleted_while_hits_are_put_in_order_is_no_hit(small: SmallCorpus) -> None:
    class Slow:
        name = "slow"

        def scores(self, query: str, passages: list[str]) -> list[float]:
            small.delete("lease.pdf")
            return [1.0 for _ in passages]

    small.add("copy.pdf", written(RENT))
    corpus = replace(small.corpus, reranker=Slow())
    found = search(SearchRequest(query="rent EUR"), workspace_id="w", corpus=corpus)
    assert "lease.pdf" not in found.model_dump_json()
    assert "guide.pdf" in found.model_dump_json()
