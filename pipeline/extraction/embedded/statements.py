"""What the embedded data of a document states, by name, and whether two values say the same."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz

from pipeline.extraction.candidates import same_value
from pipeline.extraction.rules.targets import NUMERIC, Target
from pipeline.extraction.values.folding import squeeze
from pipeline.extraction.values.identifiers import find_ibans
from schemas.documents import Document
from schemas.embedded import EmbeddedData, EmbeddedValue
from schemas.evidence import EmbeddedEvidence

ALIKE = 85.0
"""Similarity (rapidfuzz token set ratio) from which on two texts say the same."""
_TEXTS = frozenset({"text", "company", "address", "person"})
_RANKS = {"cii": 0, "zugferd-1": 0, "ubl": 0, "swiss-qr": 1, "epc-qr": 1, "xmp": 2}
"""Who is heard first: the invoice, the payment, the metadata."""
_AIDS = ("minimum", "basicwl")
"""Profiles of Factur-X without lines, which are no invoices by themselves (EN 16931 asks for lines)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One embedded value with the data it belongs to."""

    data: EmbeddedData
    stated: EmbeddedValue

    @property
    def evidence(self) -> EmbeddedEvidence:
        """Where it stands."""
        return EmbeddedEvidence(source=self.data.source, path=self.stated.path, quote=self.stated.quote)

    @property
    def rank(self) -> int:
        """Who is heard first has the least."""
        return _RANKS[self.data.standard]

    @property
    def binding(self) -> bool:
        """Whether it counts more than the page: all but extracts for booking, which only repeat what the page says."""
        profile = (self.data.profile or "").replace("-", "").lower()
        return self.data.standard != "xmp" and not profile.endswith(_AIDS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Statements:
    """All of one document."""

    scalars: Mapping[str, Sequence[Statement]]
    """By name, in the order in which they are heard."""
    rows: Sequence[Mapping[str, Statement]]
    """The lines of the invoice, by name; none where it has none, or two invoices have some."""


def statements_of(document: Document) -> Statements:
    """What is stated in a document."""
    scalars: dict[str, list[Statement]] = defaultdict(list)
    tables: list[list[dict[str, Statement]]] = []
    for data in sorted(document.embedded, key=lambda each: _RANKS[each.standard]):
        lines: dict[int, dict[str, Statement]] = defaultdict(dict)
        for value in data.values:
            statement = Statement(data=data, stated=value)
            if value.row is None:
                scalars[value.name].append(statement)
            else:
                lines[value.row].setdefault(value.name, statement)
        if lines:
            tables.append([lines[row] for row in sorted(lines)])
    return Statements(scalars=scalars, rows=tables[0] if len(tables) == 1 else [])


def typed(target: Target, statement: Statement) -> Any:  # noqa: ANN401 - any JSON value
    """The value as the leaf's type has it; `None` where the leaf cannot hold it."""
    text = statement.stated.value
    if target.leaf.type in ("number", "integer"):
        try:
            return target.fit(Decimal(text))
        except ArithmeticError:
            return None
    return target.fit("".join(text.split()) if target.kind in ("iban", "bic", "vat_id") else text)


def is_sound(target: Target, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a value passes the checks of its kind."""
    return target.kind != "iban" or any(each.value == value for each in find_ibans(str(value)))


def agree(target: Target, one: Any, other: Any) -> bool:  # noqa: ANN401 - any JSON values
    """Whether two values say the same; credit notes print amounts with either sign."""
    if isinstance(one, Decimal | int) and isinstance(other, Decimal | int):
        return abs(Decimal(one)) == abs(Decimal(other)) if target.kind in NUMERIC else one == other
    if same_value(one) == same_value(other):
        return True
    return target.kind in _TEXTS and fuzz.token_set_ratio(squeeze(str(one)), squeeze(str(other))) >= ALIKE
