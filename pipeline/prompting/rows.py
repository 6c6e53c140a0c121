"""Tables as rows with a pipe between cells."""

from collections.abc import Iterable, Mapping, Sequence

from schemas.documents import Table


def table_rows(table: Table) -> list[str]:
    """One line for each row that has text; a merged cell's text stands at its top left."""
    rows: dict[int, dict[int, str]] = {}
    for cell in table.cells:
        if cell.text.strip():
            rows.setdefault(cell.row, {})[cell.column] = cell.text
    columns = range(table.columns)
    return [row_text(columns, rows[row]) for row in sorted(rows)]


def header_and_body(table: Table) -> tuple[list[str], list[str]]:
    """The rows that name the columns, and the others."""
    filled = sorted({cell.row for cell in table.cells if cell.text.strip()})
    heads = sum(row < table.header_rows for row in filled)
    rows = table_rows(table)
    return rows[:heads], rows[heads:]


def row_text(columns: Sequence[int], cells: Mapping[int, str]) -> str:
    """A row; columns without a cell stay empty, so that a value stands under its name."""
    return f"| {' | '.join(_cell(cells.get(column, '')) for column in columns)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def lines_of(texts: Iterable[str]) -> str:
    """Texts that are not empty, each on its line."""
    return "\n".join(text for text in texts if text)
