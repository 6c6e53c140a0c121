"""What the rules look for: each leaf with its concept, the kind of its values and the labels that speak for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.extraction.leaves import ROW, Leaf, Node
from pipeline.extraction.patterns import matches
from pipeline.extraction.pointers import pointer
from pipeline.extraction.rules.lexicon import Lexicon, Scope, Words
from pipeline.extraction.rules.readings import MAX_INTEGER, Manner
from pipeline.extraction.rules.tokens import keys, words_of_name
from pipeline.extraction.values.locale import Locale

_OF_FORMAT = {"date": "date", "date-time": "date", "email": "email", "uri": "url"}
_IDENTIFIERS = frozenset({"phone", "iban", "bic", "vat_id"})
NUMERIC = frozenset({"money", "number", "integer", "percent"})
_MONEY_WORDS = "amount total price sum cost fee balance subtotal tax charge paid due salary rent revenue value"
_MONEY = frozenset(_MONEY_WORDS.split())
_KIND_WORDS = {
    "date": "date birthday datum",
    "email": "email mail",
    "phone": "phone telephone mobile",
    "iban": "iban",
    "bic": "bic swift",
    "url": "url website",
    "address": "address",
    "currency": "currency",
    "id": "no id code",
    "term": "duration",
}
_BY_WORD = {word: kind for kind, words in _KIND_WORDS.items() for word in words.split()}
_TOO_VAGUE = frozenset({("name",), ("id",), ("no",), ("value",), ("type",), ("text",), ("code",), ("amount",)})
"""Names of nested properties that label nothing by themselves."""
MAX_LABEL_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class Target:
    """A leaf to be found."""

    leaf: Leaf
    concept: str | None
    kind: str
    owners: tuple[str, ...]
    """Whose labels speak for it: its own pointer, its concept."""

    @property
    def key(self) -> str:
        """Its pointer, with `*` for rows."""
        return pointer(self.leaf.path)

    def manner(self, locale: Locale) -> Manner:
        """How its values are read."""
        return Manner(locale, tuple(self.leaf.members or ()))

    def fit(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """The value as the leaf's type has it; `None` where the leaf cannot hold it."""
        return _coerce(self.leaf, value)


def make_target(leaf: Leaf, lexicon: Lexicon) -> Target:
    """The target of a leaf."""
    scopes: tuple[Scope, ...] = ("column", "field") if ROW in leaf.path else ("field", "series")
    concept = lexicon.concept_of(leaf.path, *scopes)
    kind = _kind(leaf, concept.kind if concept else None)
    if concept and not _agree(kind, concept.kind):
        concept = None
    owners = (pointer(leaf.path), concept.name) if concept else (pointer(leaf.path),)
    return Target(leaf=leaf, concept=concept.name if concept else None, kind=kind, owners=owners)


def own_labels(node: Node) -> Iterable[Words]:
    """What the schema itself says a node is called: hints, title, name, and a description of a few words."""
    found = [keys(text) for text in node.texts]
    if len(node.described.split()) <= 4:
        found.append(keys(node.described))
    found.append(words_of_name(node.name))
    nested = len(node.path) > 1
    return [words for words in found if 0 < len(words) <= MAX_LABEL_WORDS and not (nested and words in _TOO_VAGUE)]


def _kind(leaf: Leaf, of_concept: str | None) -> str:
    if leaf.hint == "id" and of_concept in _IDENTIFIERS:
        return str(of_concept)  # such numbers have a form of their own, with spaces and marks in it
    if leaf.hint:
        return _OF_FORMAT.get(leaf.hint, leaf.hint)
    if leaf.members is not None:
        return "enum"
    if leaf.type in ("boolean", "integer"):
        return leaf.type
    words = words_of_name(leaf.name)
    if leaf.type == "number":
        of_name = "money" if _MONEY.intersection(words) else "number"
        return of_concept if of_concept in NUMERIC and of_concept else of_name
    return of_concept or next((_BY_WORD[word] for word in reversed(words) if word in _BY_WORD), "text")


def _agree(kind: str, of_concept: str) -> bool:
    """Whether values of a kind can be what the concept means: a "date" that is a number is none."""
    if kind in (of_concept, "enum", "text"):
        return True
    return (kind in NUMERIC) == (of_concept in NUMERIC) and (kind == "date") == (of_concept == "date")


def _coerce(leaf: Leaf, value: Any) -> Any:  # noqa: ANN401
    if leaf.type == "string":
        value = _as_text(value)
    elif leaf.type == "number":
        value = value if isinstance(value, Decimal | int) and not isinstance(value, bool) else None
    elif leaf.type == "integer":
        value = _as_integer(value)
    elif not isinstance(value, bool):
        value = None
    return value if value is not None and _allowed(leaf, value) else None


def _as_text(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return None


def _as_integer(value: Any) -> int | None:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    whole = isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) <= MAX_INTEGER
    return int(value) if whole else None


def _allowed(leaf: Leaf, value: Any) -> bool:  # noqa: ANN401
    schema = leaf.schema
    if leaf.members is not None and value not in leaf.members:
        return False
    if isinstance(value, str):
        bounds = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        return bounds and ("pattern" not in schema or matches(schema["pattern"], value))
    if isinstance(value, bool):
        return True
    least, most = schema.get("minimum"), schema.get("maximum")
    return (least is None or value >= Decimal(str(least))) and (most is None or value <= Decimal(str(most)))
