"""Excel files: the filled cells of each sheet, as they were last calculated."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, BinaryIO

from pipeline.errors import LimitExceeded
from pipeline.intake.containers import open_archive
from pipeline.reading.office.cells import cell_text
from pipeline.reading.office.package import check_package, damage_is_said
from pipeline.reading.options import Progress, ReadingOptions
from pipeline.reading.text.builder import TITLE_CHARACTERS, cleaned, one_line
from pipeline.reading.text.separated import reference
from schemas.documents import Document, Notice, Sheet, SheetCell

MAX_CELLS = 1_000_000
"""Filled cells of a workbook."""
MAX_VISITED = 50_000_000
"""Cells looked at: a file may put one cell into the last column of each of a million rows."""
MAX_ROWS = 5_000_000
"""Rows looked at, the empty ones that a file skips counted."""
REPORTED_ROWS = 1_000
_CHUNK = 1024 * 1024
_OVERLAP = 256
# A formula with no value behind it: a program wrote it that does not calculate.
_NO_VALUE = re.compile(rb"(?:</f>|<f\b[^<>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def read_workbook(source: BinaryIO, options: ReadingOptions, progress: Progress) -> Document:
    """An XLSX. Formulas give their stored results, dates ISO 8601, numbers the decimals they are shown with.

    Raises:
        DamagedFile, UnsupportedType: as `check_package`, or the library cannot read it.
        LimitExceeded: as `check_package`, or there are more than a million filled cells, or they are far apart.
    """
    import openpyxl

    check_package(source, options)
    with damage_is_said("Excel file", *library_errors()):
        book = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
        budget = _Budget(progress)
        sheets = [_sheet(sheet, budget) for sheet in book.worksheets]
        progress(1.0)
        return Document(
            shape="sheets",
            media_type=options.media_type,
            title=one_line(book.properties.title or "")[:TITLE_CHARACTERS] or None,
            sheets=[sheet for sheet in sheets if sheet.cells],
            produced_by={"openpyxl": version("openpyxl")},
            warnings=[*_hidden(book), *_not_calculated(source)],
        )


def library_errors() -> tuple[type[Exception], ...]:
    """Every class of its own that the library raises; they have no class above them but `Exception`."""
    from openpyxl.utils import exceptions

    return tuple(found for found in vars(exceptions).values() if isinstance(found, type))


class _Budget:
    """Counts cells over all sheets."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._filled = 0
        self._visited = 0
        self._rows = 0

    def row(self, visited: int, filled: int) -> None:
        """Account for one row.

        Raises:
            LimitExceeded: there are too many cells.
        """
        self._visited += visited
        self._filled += filled
        self._rows += 1
        if self._filled > MAX_CELLS:
            raise LimitExceeded(f"the workbook has more than {MAX_CELLS} filled cells", limit="sheet_cells")
        if self._visited > MAX_VISITED or self._rows > MAX_ROWS:
            raise LimitExceeded("the workbook's cells are spread too far", limit="sheet_extent")
        if self._rows % REPORTED_ROWS == 0:
            # How many rows there are is not known before all are read; this only says that work goes on.
            self._progress(self._rows / (self._rows + 100_000))


def _sheet(sheet: Any, budget: _Budget) -> Sheet:  # noqa: ANN401 - openpyxl has no type information
    sheet.reset_dimensions()  # what the file says of its size is not believed
    return Sheet(name=one_line(sheet.title), cells=list(_cells(sheet, budget)))


def _cells(sheet: Any, budget: _Budget) -> Iterator[SheetCell]:  # noqa: ANN401 - openpyxl has no type information
    for row in sheet.iter_rows():
        filled = 0
        for cell in row:
            if cell.value is None:
                continue
            text = cleaned(cell_text(cell.value, cell.number_format)).strip()
            if text:
                filled += 1
                at, column = cell.row - 1, cell.column - 1
                yield SheetCell(row=at, column=column, ref=reference(at, column), text=text)
        budget.row(len(row), filled)


def _hidden(book: Any) -> list[Notice]:  # noqa: ANN401 - openpyxl has no type information
    names = [one_line(sheet.title) for sheet in book.worksheets if sheet.sheet_state != "visible"]
    if not names:
        return []
    return [Notice(code="hidden-sheets", message=f"hidden sheets were read too: {', '.join(names[:20])}")]


def _not_calculated(source: BinaryIO) -> list[Notice]:
    """A warning where formulas have no stored result, for they are then missing from what was read."""
    count = 0
    with open_archive(source) as archive:
        for entry in archive.infolist():
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename):
                continue
            with archive.open(entry) as part:
                count += _count(part)
    if not count:
        return []
    formulas = "1 formula has" if count == 1 else f"{count} formulas have"
    return [Notice(code="formulas-without-values", message=f"{formulas} no stored result and could not be read")]


def _count(part: Any) -> int:  # noqa: ANN401 - zipfile's reader
    count, rest = 0, b""
    while chunk := part.read(_CHUNK):
        data = rest + chunk
        last = 0
        for found in _NO_VALUE.finditer(data):
            count += 1
            last = found.end()
        rest = data[max(last, len(data) - _OVERLAP) :]
    return count
