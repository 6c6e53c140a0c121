"""Extraction against a JSON Schema without a model: the rule reader."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.extraction.assembling import Assembler, Found
from pipeline.extraction.claims import contest
from pipeline.extraction.completeness import Estimates, estimate_rows
from pipeline.extraction.confidence import PAIR, PAIR_LEAST, probability, signs_of
from pipeline.extraction.embedded.lines import with_lines
from pipeline.extraction.embedded.reconcile import reconcile
from pipeline.extraction.embedded.statements import statements_of
from pipeline.extraction.gate import check_schema
from pipeline.extraction.leaves import ROW, leaves, read_schema
from pipeline.extraction.merging import Choice, alone
from pipeline.extraction.pointers import Path, pointer
from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.forms.pairs import pair_leaves
from pipeline.extraction.rules.rows import ArrayRows, amounts_of, array_rows
from pipeline.extraction.rules.scalars import check_sum, scalar_candidates, settle
from pipeline.extraction.rules.targets import Target, make_target
from schemas.documents import Document
from schemas.extraction import Extraction

VERSION = "3"


def extract_by_rules(
    document: Document,
    schema: dict[str, Any],
    progress: Callable[[float], None] = lambda _: None,
    *,
    observe: Callable[[Sequence[Found]], None] | None = None,
    pair_least: float = PAIR_LEAST,
) -> Extraction:
    """Read the values that a schema asks for out of a document.

    The data validates against the schema or is `None` with a warning. No value is made up: each was read at the places
    of its evidence. `progress` is called with the done share, `observe` with all values before the schema refuses any.
    Pairs of unknown forms that are less sure than `pair_least` are left out.
    Confidences are made by `confidence.probability`.

    Raises:
        InvalidSchema: the schema does not pass the gate.
    """
    check_schema(schema)
    case = Case(document, read_schema(schema), progress)
    statements = statements_of(document)
    listed = [with_lines(case, array_rows(case, array), statements) for array in case.arrays]
    arrays = [array for array, _ in listed]
    progress(0.7)
    case.view.tables.update(*(array.lines for array in arrays))
    lines = [amount for array in arrays for amount in _amounts(case, array)]
    found = [value for array in arrays for value in _found_rows(case, array, pair_least)]
    settled, disputes = reconcile(case, statements, settle(case, scalar_candidates(case, lines)))
    settled, notices = check_sum(settled)
    found += [_found(target, target.leaf.path, choice) for target, choice in settled]
    found = contest(found)
    if observe is not None:
        observe(found)
    progress(0.9)
    estimates = {array.array.path: _estimates(case, array) for array in arrays}
    counted = {array.array.path: estimates[array.array.path].against(len(array.rows)) for array in arrays}
    extraction = Assembler(case.tree, schema, found).assemble(counted)
    extraction.counts = {pointer(path): list(each.counts) for path, each in estimates.items() if each.counts}
    extraction.warnings += [*notices, *disputes, *(notice for _, more in listed for notice in more)]
    extraction.produced_by = {"rules": VERSION}
    return extraction


def _estimates(case: Case, array: ArrayRows) -> Estimates:
    estimates = Estimates()
    if array.table:
        estimates = estimate_rows(case.document, case.view, array.array, case.lexicon)
    return estimates if array.proven is None else Estimates(counts=(array.proven, *estimates.counts))


def _amounts(case: Case, array: ArrayRows) -> list[Decimal]:
    return amounts_of(array.rows, [make_target(leaf, case.lexicon) for leaf in leaves(array.array.item)])


def _found_rows(case: Case, array: ArrayRows, pair_least: float) -> list[Found]:
    targets = {target.key: target for target in (make_target(leaf, case.lexicon) for leaf in leaves(array.array.item))}
    if pair_leaves(array.array) is not None:  # whatever its name may mean elsewhere, the "value" of a pair is any text
        targets = {key: replace(target, kind="text") for key, target in targets.items()}
    rows = [
        [_found(targets[key], _numbered(targets[key].leaf.path, index), alone(each)) for key, each in row.items()]
        for index, row in enumerate(array.rows)
    ]
    return [each for row in rows if not _is_unlikely_pair(row, pair_least) for each in row]


def _is_unlikely_pair(row: Sequence[Found], least: float) -> bool:
    families = {each.signs.family for each in row if each.signs is not None}
    filled = any(family.startswith(PAIR) and family != f"{PAIR}none" for family in families)
    return filled and min(each.confidence for each in row) < least


def _numbered(path: Path, index: int) -> Path:
    place = path.index(ROW)
    return (*path[:place], index, *path[place + 1 :])


def _found(target: Target, path: Path, choice: Choice) -> Found:
    signs = signs_of(choice, target.kind)
    value, evidence = choice.candidate.value, choice.candidate.places()
    return Found(path=path, value=value, confidence=probability(signs), evidence=evidence, signs=signs)
