"""Words of a document that were given to several lists: of a schema's skills and interests only one has them."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.extraction.assembling import Found
from pipeline.extraction.confidence import probability
from pipeline.extraction.pointers import Path


def contest(found: Sequence[Found]) -> list[Found]:
    """The values, with doubt on the items of lists that another list took as well.

    Other values may share their words: an amount is the net and the total, a day that of the invoice and of delivery.
    """
    owners: dict[str, set[Path]] = {}
    for each in found:
        if _is_item(each):
            owners.setdefault(repr(each.evidence), set()).add(each.path[:-1])
    return [_doubted(each) if _is_item(each) and len(owners[repr(each.evidence)]) > 1 else each for each in found]


def _is_item(found: Found) -> bool:
    return isinstance(found.path[-1], int) and isinstance(found.value, str) and bool(found.evidence)


def _doubted(found: Found) -> Found:
    if found.signs is None:
        return found
    signs = replace(found.signs, contradicted=True)
    return replace(found, signs=signs, confidence=probability(signs))
