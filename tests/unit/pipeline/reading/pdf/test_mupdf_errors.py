import pymupdf
import pytest
from pymupdf import mupdf

from pipeline.errors import DamagedFile, LimitExceeded, PasswordRequired
from pipeline.reading.pdf.mupdf import ERRORS, translating


def foreign_errors():
    """Every exception class that MuPDF and PyMuPDF define."""
    found = [getattr(mupdf, name) for name in dir(mupdf) if name.startswith("FzError")]
    found += [getattr(pymupdf, name) for name in dir(pymupdf) if name.endswith("Error")]
    return {each for each in found if isinstance(each, type) and issubclass(each, Exception)}


def test_every_error_of_the_library_has_a_row():
    rows = tuple(theirs for theirs, _ in ERRORS)
    assert [each for each in foreign_errors() if not issubclass(each, rows)] == []


def test_no_row_is_hidden_by_one_above_it():
    for number, (theirs, _) in enumerate(ERRORS):
        assert not any(issubclass(theirs, above) for above, _ in ERRORS[:number])


@pytest.mark.parametrize(
    ("theirs", "ours"), [(mupdf.FzErrorLimit("deep"), LimitExceeded), (mupdf.FzErrorSyntax("bad"), DamagedFile)]
)
def test_an_error_is_translated_and_chained(theirs, ours):
    with pytest.raises(ours) as caught, translating():
        raise theirs
    assert caught.value.__cause__ is theirs


def test_our_own_errors_pass_unchanged():
    with pytest.raises(PasswordRequired), translating():
        raise PasswordRequired
