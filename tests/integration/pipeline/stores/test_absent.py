"""The index in a process that has none."""

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.errors import VectorsUnavailable
from pipeline.stores.absent import AbsentVectors
from pipeline.stores.vectors import SparseVector, VectorFilter, Vectors

NOTHING = SparseVector(indices=[], values=[])

ASKED: list[Callable[[Vectors], object]] = [
    lambda store: store.upsert([]),
    lambda store: store.set_fields(workspace_id="w", document_id="d", fields={}),
    lambda store: store.search(
        dense=np.zeros(4, np.float32), sparse=NOTHING, where=VectorFilter(workspace_id="w"), limit=1
    ),
    lambda store: store.delete_document(workspace_id="w", document_id="d"),
    lambda store: store.delete(["p"]),
    lambda store: store.count(workspace_id="w"),
]


@pytest.mark.parametrize("ask", ASKED)
def test_every_question_is_refused_as_one_to_another_process(ask: Callable[[Vectors], object]):
    store = AbsentVectors()
    with pytest.raises(VectorsUnavailable, match="belongs to another process"):
        ask(store)
    store.close()
