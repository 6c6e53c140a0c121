"""Shows results, places, answers and differences to a person."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from examples.demo.comparison import Difference

Json = dict[str, Any]
QUOTE_LENGTH = 60


def show_result(console: Console, result: Json, job: Json, *, seconds: float, event: Json | None) -> None:
    """One document: status and timings, its values with their places, its summary."""
    document = result["document"]
    pages = document["pages"]
    size = f"{pages} page{'s' if pages > 1 else ''}" if pages else f"{float(document['seconds']):.0f} seconds"
    console.print()
    console.rule(f"[bold]{escape(document['name'])}[/], {escape(_schema(result))}, {size}", align="left")
    console.print(
        f"{_status(result['status'])} after {seconds:.1f} s ({_timings(job)}); {_delivery(event)}", soft_wrap=True
    )
    for warning in result["warnings"]:
        console.print(f"[yellow]note[/] {escape(warning['message'])}")
    for line in data_lines(result):
        console.print(line, highlight=False, soft_wrap=True)
    _show_summary(console, result["summary"])


def data_lines(result: Json) -> Iterable[str]:
    """The extracted JSON, a value or a row of an array a line, with the place it was read from behind it."""
    fields = result["fields"]
    for row, pointers in groupby(fields, key=_row):
        if row is None:
            for pointer in pointers:
                yield f"  {escape(_pair(pointer, fields[pointer]))}  [dim]{escape(place_of(fields[pointer]))}[/]"
            continue
        members = [(pointer, fields[pointer]) for pointer in pointers]
        values = {pointer.removeprefix(row).removeprefix("/"): field["value"] for pointer, field in members}
        yield f"  {escape(row)} {escape(_json(values.get('', values)))}  [dim]{escape(_places_of_row(members))}[/]"


def place_of(field: Json) -> str:
    """Where a value was read, and the words there."""
    if not field["evidence"]:
        return "no place" if field["value"] is not None else ""
    place = field["evidence"][0]
    return f"{place_name(place)} {_short(place['quote'])}"


def place_name(place: Json) -> str:
    """`page 1 [0.08 0.12 0.31 0.14]`, `12.4 to 15.0 s`, a range of characters, or a cell."""
    kind = place["kind"]
    if kind == "page":
        return f"page {place['page']} " + " ".join(_box(box) for box in place["boxes"])
    if kind == "time":
        return f"{float(place['start']):.1f} to {float(place['end']):.1f} s"
    if kind == "cell":
        return f"sheet {place['sheet']}, cell {place['ref']}"
    if kind == "text":
        section = f" in {place['section']}" if place.get("section") else ""
        return f"characters {place['start']} to {place['end']}{section}"
    return f"{place['source']} {place['path']}"


def show_answer(console: Console, answer: Json) -> None:
    """A question, its answer and what that rests on."""
    console.print(f"\n[bold]{escape(answer['question'])}[/]")
    console.print(f"  {escape(answer['text'])}", highlight=False)
    for number, citation in enumerate(answer["citations"], start=1):
        places = "; ".join(place_name(place) for place in citation["evidence"][:2])
        quote = escape(_short(citation["quote"]))
        console.print(
            f"  [dim]\\[{number}] {escape(citation['document_name'])}, {escape(places)}: {quote}[/]", soft_wrap=True
        )


def show_differences(console: Console, differences: Sequence[Difference]) -> None:
    """A table of what is wrong."""
    table = Table(title=f"{len(differences)} differences", title_justify="left")
    for column in ("document", "where", "expected", "found"):
        table.add_column(column, overflow="fold")
    for difference in differences:
        cells = (difference.document, difference.where, difference.expected, difference.found)
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)


def _schema(result: Json) -> str:
    schema = result["schema"]
    return f"{schema['name']}@{schema['version']}" if schema else "no schema"


def _status(status: str) -> str:
    colour = {"succeeded": "green", "partial": "yellow"}.get(status, "red")
    return f"[{colour}]{status}[/]"


def _timings(job: Json) -> str:
    return ", ".join(f"{stage['name']} {stage['seconds']:.1f} s" for stage in job["timed"])


def _delivery(event: Json | None) -> str:
    return f"webhook {event['type']} received and verified" if event else "[red]no webhook came[/]"


def _show_summary(console: Console, summary: Json | None) -> None:
    if summary is None:
        return
    console.print("  [bold]Summary[/]")
    for point, place in zip(summary["points"], summary["evidence"], strict=True):
        console.print(f"  - {escape(point)}  [dim]{escape(place_name(place))}[/]", highlight=False, soft_wrap=True)


def _row(pointer: str) -> str | None:
    """`/items/3` for `/items/3/amount`; `None` for a value outside of arrays."""
    parts = pointer.split("/")
    index = next((number for number, part in enumerate(parts) if part.isdigit()), None)
    return None if index is None else "/".join(parts[: index + 1])


def _pair(pointer: str, field: Json) -> str:
    return f"{pointer}: {_json(field['value'])}"


def _places_of_row(members: Iterable[tuple[str, Json]]) -> str:
    """One box around the row on each page; for recordings the first stretch."""
    places = [place for _, field in members for place in field["evidence"]]
    boxes: dict[int, list[Sequence[float]]] = {}
    for place in places:
        if place["kind"] == "page":
            boxes.setdefault(place["page"], []).extend(place["boxes"])
    if boxes:
        return "; ".join(f"page {page} {_box(_around(found))}" for page, found in boxes.items())
    return place_name(places[0]) if places else "no place"


def _around(boxes: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def _box(box: Sequence[float]) -> str:
    return "[" + " ".join(f"{float(edge):.3f}" for edge in box) + "]"


def _short(quote: str) -> str:
    folded = " ".join(quote.split())
    return f"“{folded if len(folded) <= QUOTE_LENGTH else folded[:QUOTE_LENGTH] + '…'}”"


def _json(value: object) -> str:
    """JSON on one line; a `Decimal` keeps its decimals."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)}: {_json(each)}" for name, each in value.items()) + "}"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
