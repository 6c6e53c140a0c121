"""Folding makes texts comparable without moving a character."""

import pytest

from pipeline.extraction.values.folding import fold, squeeze


@pytest.mark.parametrize(
    "text", ["Échéance", "Straße", "ﬁnal", "Łódź", "ＡＢＣ１２", "naïve – “quoted”", "İstanbul", "日本語", "e\u0301"]
)
def test_folding_keeps_the_length_so_that_offsets_stay_true(text):
    assert len(fold(text)) == len(text)


def test_case_accents_quotes_and_dashes_are_levelled():
    assert fold("Échéance – “Ö’s”") == 'echeance - "o\'s"'


def test_squeezing_leaves_single_spaces():
    assert squeeze(" Total \u00a0\n à   PAYER ") == "total a payer"
