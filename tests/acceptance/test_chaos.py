"""Thirty faults of ten kinds while documents come in: nothing is lost, doubled or stuck."""

import pytest

from bench.chaos import SHORT, lacking, run
from bench.faults.plan import KINDS
from tests.support.servers import missing


@pytest.mark.linux
@pytest.mark.timeout(600)
def test_every_accepted_document_ends_once_whatever_is_broken_meanwhile() -> None:
    if lacking():
        missing(", ".join(lacking()))
    figures = run(SHORT, seed=4)
    assert figures["faults"] == SHORT.faults
    assert figures["kinds"] == dict.fromkeys(KINDS, 3)
    assert figures["accepted"] >= SHORT.documents
    wrong = ("lost", "doubled", "stuck", "misdated", "refused", "unrecovered")
    assert {name: figures[name] for name in wrong} == dict.fromkeys(wrong, 0), figures
