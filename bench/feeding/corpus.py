"""A thousand documents of the kinds that offices get, made from a seed; measured parts instead of files."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources

from pipeline.prompting.parts import TextPart

SYLLABLES = (
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "ler",
    "min",
    "nor",
    "pas",
    "que",
    "ris",
    "son",
    "tur",
    "van",
    "ster",
    "ing",
)
A4 = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: how many of a hundred, its schema, its length in pages, and what a page of it is."""

    name: str
    share: int
    schema: str
    shortest: int
    longest: int
    page: Callable[[random.Random, int], TextPart]


@dataclass(frozen=True, slots=True)
class Sample:
    """One document."""

    kind: str
    schema: str
    parts: list[TextPart]


def samples(count: int, seed: int = 0) -> Iterator[Sample]:
    """So many documents, mixed."""
    source = random.Random(seed)
    kinds = source.choices(KINDS, weights=[kind.share for kind in KINDS], k=count)
    for kind in kinds:
        # Short ones are more frequent than long ones within a kind.
        pages = round(kind.shortest * (kind.longest / kind.shortest) ** source.random())
        yield Sample(kind.name, kind.schema, [kind.page(source, number) for number in range(1, pages + 1)])


def schema(name: str) -> dict[str, object]:
    """A schema of the catalogue."""
    found = json.loads(resources.files("schemas").joinpath("catalogue", f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _words(source: random.Random, count: int) -> str:
    names = ["".join(source.choices(SYLLABLES, k=source.randint(1, 4))) for _ in range(80)]
    lines = [" ".join(source.choices(names, k=min(12, count - at))) for at in range(0, count, 12)]
    return "\n".join(lines)


def _part(number: int, text: str, **measures: object) -> TextPart:
    width, height = A4
    fields = {"words": len(text.split()), "width": width, "height": height, **measures}
    return TextPart(number=number, text=text, **fields)  # type: ignore[arg-type]


def _prose(source: random.Random, number: int) -> TextPart:
    return _part(number, _words(source, source.randint(320, 560)))


def _report(source: random.Random, number: int) -> TextPart:
    pictured = source.uniform(0.05, 0.4) if source.random() < 0.08 else 0.0
    return _part(number, _words(source, source.randint(250, 520)), pictured=pictured)


def _table(source: random.Random, number: int) -> TextPart:
    rows = source.randint(12, 45)
    lines = [
        f"| {n} | {_words(source, 3)} | {source.randint(1, 99)} | {source.random() * 999:.2f} |" for n in range(rows)
    ]
    head = _words(source, source.randint(20, 60))
    return _part(number, "\n".join([head, "", "| Pos | Article | Quantity | Amount |", *lines]), tables=1, rows=rows)


def _scan(source: random.Random, number: int) -> TextPart:
    return _part(number, _words(source, source.randint(150, 420)), ocr=True, confidence=source.uniform(0.8, 0.99))


def _receipt(source: random.Random, number: int) -> TextPart:
    text = _words(source, source.randint(40, 120))
    sides = {"width": source.uniform(600, 1_100), "height": source.uniform(1_200, 2_400), "pixels": True}
    return _part(number, text, ocr=True, confidence=source.uniform(0.7, 0.99), tables=1, rows=8, **sides)


def _form(source: random.Random, number: int) -> TextPart:
    return _part(number, _words(source, source.randint(80, 250)), form=source.uniform(0.5, 1.0))


KINDS = (
    Kind("invoice", 30, "invoice", 1, 3, _table),
    Kind("receipt", 15, "receipt", 1, 1, _receipt),
    Kind("letter", 12, "form", 1, 3, _prose),
    Kind("form", 10, "form", 1, 6, _form),
    Kind("statement", 10, "bank_statement", 2, 14, _table),
    Kind("contract", 12, "contract", 5, 40, _prose),
    Kind("report", 7, "contract", 20, 200, _report),
    Kind("scanned file", 4, "contract", 5, 60, _scan),
)
