"""Extraction against a JSON Schema without a model: the rule reader."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pipeline.extraction.assembling import Assembler, Found
from pipeline.extraction.candidates import Candidate
from pipeline.extraction.completeness import Estimates, estimate_rows
from pipeline.extraction.gate import check_schema
from pipeline.extraction.leaves import ROW, leaves, read_schema
from pipeline.extraction.merging import bounded
from pipeline.extraction.pointers import Path, pointer
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.rows import ArrayRows, amounts_of, array_rows
from pipeline.extraction.rules.scalars import scalar_candidates, settle
from pipeline.extraction.rules.targets import make_target
from schemas.documents import Document
from schemas.extraction import Extraction

VERSION = "1"


def extract_by_rules(
    document: Document, schema: dict[str, Any], progress: Callable[[float], None] = lambda _: None
) -> Extraction:
    """Read the values that a schema asks for out of a document.

    The data validates against the schema or is `None` with a warning. No value is made up: each was read at the places
    of its evidence. `progress` is called with the done share. Confidences follow `merging.choose` and
    are not calibrated.

    Raises:
        InvalidSchema: the schema does not pass the gate.
    """
    check_schema(schema)
    case = Case(document, read_schema(schema), progress)
    arrays = [array_rows(case, array) for array in case.arrays]
    progress(0.7)
    case.view.tables.update(*(array.lines for array in arrays))
    lines = [amount for array in arrays for amount in _amounts(case, array)]
    found = [value for array in arrays for value in _found_rows(case, array)]
    settled, notices = settle(case, scalar_candidates(case, lines))
    found += [_found(target.leaf.path, choice.candidate, choice.confidence) for target, choice in settled]
    progress(0.9)
    estimates = {array.array.path: _estimates(case, array) for array in arrays}
    counted = {array.array.path: estimates[array.array.path].against(len(array.rows)) for array in arrays}
    extraction = Assembler(case.tree, schema, found).assemble(counted)
    extraction.counts = {pointer(path): list(each.counts) for path, each in estimates.items() if each.counts}
    extraction.warnings += notices
    extraction.produced_by = {"rules": VERSION}
    return extraction


def _estimates(case: Case, array: ArrayRows) -> Estimates:
    if not array.table:
        return Estimates()
    return estimate_rows(case.document, case.view, array.array, case.lexicon)


def _amounts(case: Case, array: ArrayRows) -> list[Decimal]:
    return amounts_of(array.rows, [make_target(leaf, case.lexicon) for leaf in leaves(array.array.item)])


def _found_rows(case: Case, array: ArrayRows) -> list[Found]:
    paths = {make_target(leaf, case.lexicon).key: leaf.path for leaf in leaves(array.array.item)}
    return [
        _found(_numbered(paths[key], index), candidate, bounded(candidate.score))
        for index, row in enumerate(array.rows)
        for key, candidate in row.items()
    ]


def _numbered(path: Path, index: int) -> Path:
    place = path.index(ROW)
    return (*path[:place], index, *path[place + 1 :])


def _found(path: Path, candidate: Candidate, confidence: float) -> Found:
    return Found(path=path, value=candidate.value, confidence=confidence, evidence=candidate.places())
