"""Sets of questions: each is asked of an index of all the set's documents.

Paragraphs and abstracts are documents of their own, as the judgements have them. What the scorers do not measure is
measured here: whether the sentence that was chosen holds the answer (`sentence`), and whether its support tells
questions that the corpus answers from those it does not (`auroc`): every question is asked of the half of the articles
that has its article, and of the other half.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from bench.eval.engine import Engine
from bench.eval.sets import Label, Prediction, labels_of
from bench.eval.shelf import Remembering, Shelf
from pipeline.answering.answer import PASSAGES, quoted_answer
from pipeline.answering.passage import Passage
from pipeline.answering.scoring import THRESHOLD, score
from pipeline.evaluation.reliability import auroc
from pipeline.reading.text.builder import TextBuilder
from pipeline.reading.text.plain import add_plain
from schemas.documents import Document

LANGUAGES = ("en", "de", "es")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """What a set's questions are asked with."""

    engine: Engine
    embedder: Remembering
    folder: Path
    scratch: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """Lines for the scorer, and figures that it does not have."""

    lines: list[Prediction]
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """One run of one scorer over one set."""

    name: str
    scorer: str
    wanted: dict[str, float]
    """Figures by the path of their names; 0 where none is wanted and it is only told."""
    ask: Callable[[Asking, Sequence[Label]], Answered]
    options: Sequence[str] = ()
    """Of the scorer."""


def plain_document(text: str) -> Document:
    """A text as the reader of plain text gives it."""
    builder = TextBuilder(lambda _: None, len(text))
    add_plain(builder, text)
    return builder.document("text/plain", produced_by={})


def _ranked(passages: Sequence[Passage]) -> list[str]:
    return list(dict.fromkeys(passage.chunk.document_id for passage in passages))


def _abstracts(asking: Asking, labels: Sequence[Label]) -> Answered:
    shelf = Shelf(asking.scratch / "index-abstracts", asking.embedder)
    for row in labels_of(asking.folder, "corpus.jsonl"):
        shelf.add(plain_document(row["text"] or row["title"]), row["doc_id"], "w")
    lines = [{"query_id": row["query_id"], "ranked": _ranked(shelf.passages(row["query"], "w"))} for row in labels]
    shelf.close()
    return Answered(lines=lines)


def _paragraphs(asking: Asking, labels: Sequence[Label]) -> Answered:
    lines: list[Prediction] = []
    for language in LANGUAGES:
        shelf = Shelf(asking.scratch / f"index-{language}", asking.embedder)
        rows = [row for row in labels if row["language"] == language]
        _shelve(shelf, rows, language)
        lines += [
            {"id": asked["id"], "language": language, "ranked": _ranked(shelf.passages(asked["question"], language))}
            for asked in chain.from_iterable(map(_asked, rows))
        ]
        shelf.close()
    return Answered(lines=lines)


def _answers(asking: Asking, labels: Sequence[Label]) -> Answered:
    """English only, the language of the embedder and of the fitted threshold."""
    rows = [row for row in labels if row["language"] == "en"]
    shelf = Shelf(asking.scratch / "index-answers", asking.embedder)
    _shelve(shelf, rows, "all")
    halves = {name: rows[at::2] for at, name in enumerate(("even", "odd"))}
    for name, half in halves.items():
        _shelve(shelf, half, name)
    lines: list[Prediction] = []
    held: list[bool] = []
    judged: list[tuple[float, bool]] = []
    for name, half in halves.items():
        for asked in chain.from_iterable(map(_asked, half)):
            passages = shelf.passages(asked["question"], "all", PASSAGES)
            best = score(asked["question"], passages, asking.embedder)[:1]
            sentence = best[0].candidate.text if best else ""
            held.append(any(answer["text"] in sentence for answer in asked["answers"]))
            answer = quoted_answer(asked["question"], passages, asking.embedder)
            lines.append({"id": asked["id"], "language": "en", "answer": answer.text if answer.answered else ""})
            for where in halves:
                found = score(asked["question"], shelf.passages(asked["question"], where, PASSAGES), asking.embedder)
                judged.append((found[0].support if found else 0.0, where == name))
    shelf.close()
    return Answered(
        lines=lines,
        figures={
            "sentence": _mean(held),
            "auroc": auroc(judged) or 0.0,
            "answered": _mean([support >= THRESHOLD for support, answerable in judged if answerable]),
            "answered_falsely": _mean([support >= THRESHOLD for support, answerable in judged if not answerable]),
        },
    )


def _mean(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _shelve(shelf: Shelf, rows: Sequence[Label], workspace: str) -> None:
    for row in rows:
        for index, paragraph in enumerate(row["paragraphs"]):
            shelf.add(plain_document(paragraph["text"]), f"{row['file']}#{index}", workspace)


def _asked(row: Label) -> Iterator[dict[str, Any]]:
    return chain.from_iterable(paragraph["qa"] for paragraph in row["paragraphs"])


def _filings(asking: Asking, labels: Sequence[Label]) -> Answered:
    shelf = Shelf(asking.scratch / "index-filings", asking.embedder)
    lines: list[Prediction] = []
    for row in labels:
        shelf.add(asking.engine.read(asking.folder / row["file"]), row["file"], row["file"])
        for asked in row["qa"]:
            passages = shelf.passages(asked["question"], row["file"])
            # A passage stands for where its best chunk is; the neighbours that it is shown with come behind.
            ranked = chain((passage.alone() for passage in passages), passages)
            places = chain.from_iterable(passage.chunk.anchors for passage in ranked)
            pages = dict.fromkeys(int(one["page"]) - 1 for one in places if "foreign" not in one)
            lines.append({"id": asked["id"], "pages": list(pages)})
    shelf.close()
    return Answered(lines=lines)


SETS = (
    Questions(
        name="retrieval-cranfield",
        scorer="score_retrieval",
        wanted={"ndcg@10": 0.47},
        ask=_abstracts,
        options=("--drop-negatives",),
    ),
    Questions(
        name="qa-xquad",
        scorer="score_retrieval",
        wanted={
            f"by_language.{language}.ndcg@10": least
            for language, least in zip(LANGUAGES, (0.985, 0.960, 0.978), strict=True)
        },
        ask=_paragraphs,
    ),
    Questions(name="qa-financebench", scorer="score_qa", wanted={"hit@5": 0.80}, ask=_filings),
    Questions(
        name="qa-xquad",
        scorer="score_qa",
        wanted={"sentence": 0.82, "auroc": 0.90, "answered": 0, "answered_falsely": 0, "by_language.en.f1": 0},
        ask=_answers,
    ),
)


def question_sets(data: Path) -> list[Questions]:
    """Those whose folders are there."""
    return [each for each in SETS if (data / each.name).is_dir()]
