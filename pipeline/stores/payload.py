"""What is stored beside a point's vectors, the same in every vector store, so that filters mean the same.

The values of a document become lists of keywords, `pointer=value`: one index serves them all, whatever a schema calls
its fields and however their names would have to be quoted. Numbers and dates stand in a second list as objects
`{of, is}`, so that their order can be asked for.

A clause finds at least the documents for which its condition holds. Numbers are kept in binary; which documents at the
very ends belong is decided where the exact decimals are.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from hashlib import blake2b
from typing import Any

from pipeline.filtering.conditions import Among, Between, Condition, Either, Every, Name, Not, date_of, number_of
from pipeline.stores.clauses import Clause, Element, Ids, Match, Part, Span
from pipeline.stores.vectors import Placed, VectorFilter

VERSION = 4
"""Changes with the form of the payload; points of another form are written anew."""

WORKSPACE = "workspace_id"
DOCUMENT = "document_id"
COLLECTION = "collection"
MEDIA_TYPE = "media_type"
UPLOADED = "uploaded"
FIELDS = "fields"
METADATA = "metadata"
ORDERED = {FIELDS: "ordered_fields", METADATA: "ordered_metadata"}
OF, IS = "of", "is"
KEYWORDS = (
    WORKSPACE,
    DOCUMENT,
    COLLECTION,
    MEDIA_TYPE,
    FIELDS,
    METADATA,
    *(f"{key}[].{OF}" for key in ORDERED.values()),
)
"""All of them are indexed."""
NUMBERS = (UPLOADED, *(f"{key}[].{IS}" for key in ORDERED.values()))
"""Indexed by their order."""
MAX_KEYWORD = 256
"""Characters; of a longer one the rest is hashed."""
MARKS = {"number": "#", "date": "@"}
"""What an ordered value's pointer begins with."""

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Rounds no number; the usual context keeps 28 digits, and numbers that differ after them would be one keyword."""
WRITTEN_OUT = 28
"""Digits."""

OWN = {"collection": COLLECTION, "document": DOCUMENT, "type": MEDIA_TYPE, "uploaded": UPLOADED}


def payload(point: Placed) -> dict[str, Any]:
    """A point's payload."""
    return {
        WORKSPACE: point.workspace_id,
        DOCUMENT: point.document_id,
        COLLECTION: point.collection,
        MEDIA_TYPE: point.media_type,
        UPLOADED: point.uploaded,
        **field_payload(point.fields),
        METADATA: keywords(point.metadata),
        ORDERED[METADATA]: ordered(point.metadata),
    }


def field_payload(fields: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The part of a payload that the extracted fields make."""
    return {FIELDS: keywords(fields), ORDERED[FIELDS]: ordered(fields)}


def keywords(values: Mapping[str, Sequence[Any]]) -> list[str]:
    """One keyword a value: `/total=12.5`, `/number~HASH`. Numbers that are equal have equal keywords.

    Texts are hashed: a vector store keeps deleted payloads in its files for a while, and no words are to stand there.
    """
    return [_keyword(pointer, value) for pointer, each in sorted(values.items()) for value in each]


def ordered(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Numbers as `{"of": "#/total", "is": 12.5}`, dates as `{"of": "@/due", "is": 1711843200.0}`."""
    return [
        {OF: _cut(MARKS[kind] + pointer), IS: place}
        for pointer, each in sorted(values.items())
        for value in each
        for kind, place in _places(value)
    ]


def of_document(workspace_id: str, document_id: str | None = None) -> Clause:
    """All points of a workspace, or of one document in it."""
    own = Match(WORKSPACE, [workspace_id])
    return Clause(must=[own] if document_id is None else [own, Match(DOCUMENT, [document_id])])


def clause(where: VectorFilter) -> Clause:
    """What a search is bound to."""
    must: list[Part] = [Match(WORKSPACE, [where.workspace_id])]
    if where.condition is not None:
        must.append(_part(where.condition, wide=True))
    if where.ids is not None:
        must.append(Ids(where.ids))
    return Clause(must=must)


def _part(condition: Condition, *, wide: bool) -> Part:
    """At least what the condition holds for where `wide`, at most that where not: `Not` turns one into the other."""
    match condition:
        case Every(parts):
            return Clause(must=[_part(part, wide=wide) for part in parts])
        case Either(parts):
            return Clause(should=[_part(part, wide=wide) for part in parts])
        case Not(part):
            return Clause(must_not=[_part(part, wide=not wide)])
        case Among(name, values):
            if name.group in OWN:
                return Match(OWN[name.group], [str(value) for value in values])
            return Match(name.group, [_keyword(name.pointer, value) for value in values])
        case Between():
            return _span(condition, wide=wide)


def _span(asked: Between, *, wide: bool) -> Part:
    name: Name = asked.name
    ends = {"low": _end(asked.low), "high": _end(asked.high), "open": not wide}
    if name.group in OWN:
        return Span(key=OWN[name.group], **ends)  # type: ignore[arg-type]  # by name
    of = Match(OF, [_cut(MARKS[asked.kind] + name.pointer)])
    return Element(ORDERED[name.group], [of, Span(key=IS, **ends)])  # type: ignore[arg-type]  # by name


def _end(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _places(value: object) -> Iterator[tuple[str, float]]:
    for kind, place in (("number", number_of(value)), ("date", date_of(value))):
        if place is not None and abs(float(place)) != float("inf"):
            yield kind, float(place)


def _keyword(pointer: str, value: object) -> str:
    number = number_of(value)
    if number is not None:
        return _cut(f"{pointer}={_shown(number)}")
    return _cut(f"{pointer}~{_digest(json.dumps(value, ensure_ascii=False, default=str))}")


def _shown(number: Decimal) -> str:
    """The same for equal numbers, `100` for `1E+2`; none is written out to more zeros than the usual context has."""
    exact = EXACT.plus(number.normalize(EXACT))
    return str(EXACT.add(exact, 0) if exact.adjusted() < WRITTEN_OUT else exact)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _cut(keyword: str) -> str:
    if len(keyword) <= MAX_KEYWORD:
        return keyword
    digest = _digest(keyword)
    return f"{keyword[: MAX_KEYWORD - len(digest) - 1]}#{digest}"
