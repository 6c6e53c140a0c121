"""Titles of contracts and of minutes: the first line that calls itself one."""

import re
from collections.abc import Iterator

from pipeline.extraction.layout.runs import Row
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, make_hit
from pipeline.extraction.rules.targets import Target

MAX_ROWS = 60
MAX_WORDS = 14
_PAPER = re.compile(
    r"(?i)\b(?:agreement|contract|deed|lease|licen[cs]e|memorandum|addendum|amendment|undertaking|terms|"
    r"contrat|convention|accord|bail|contrato|acuerdo|convenio|contratto|accordo|overeenkomst|contract)\b|vertrag\b|vereinbarung\b"
)


_MEETING = re.compile(
    r"(?i)\b(?:minutes|meeting|stand-?up|retrospective|board|council|protocol|protokoll|sitzung|besprechung|"
    r"compte[- ]rendu|réunion|procès[- ]verbal|acta|reunión|verbale|riunione|notulen|vergadering|overleg)\b"
    r"|protokoll\b|sitzung\b"
)


def document_titles(view: View, target: Target) -> Iterator[Hit]:
    """Lines near the beginning that name a contract or a meeting, and the first heading."""
    yield from _titles(view, target, _PAPER)
    yield from _titles(view, target, _MEETING)
    heading = next((run for row in view.layout.rows[:MAX_ROWS] for run in row.runs if run.heading), None)
    value = target.fit(heading.text.strip()) if heading is not None else None
    if heading is not None and value:
        yield make_hit(value, 0.4, "heading", [(heading, 0, len(heading.text))])


def meeting_titles(view: View, target: Target) -> Iterator[Hit]:
    """Lines near the beginning that name a meeting."""
    return _titles(view, target, _MEETING)


def _titles(view: View, target: Target, kind: re.Pattern[str]) -> Iterator[Hit]:
    rank = 0
    rows = view.layout.rows[:MAX_ROWS]
    for index, row in enumerate(rows):
        text = row.text.strip()
        if not kind.search(text) or not _is_title(row):
            continue
        lines = [row]
        if index and _is_title(rows[index - 1]) and _belongs(rows[index - 1], row):
            lines.insert(0, rows[index - 1])
        elif index + 1 < len(rows) and _is_title(rows[index + 1]) and _belongs(row, rows[index + 1]):
            lines.append(rows[index + 1])
        value = target.fit(" ".join(" ".join(line.text.split()) for line in lines))
        if value is not None:
            spans = [(run, 0, len(run.text)) for line in lines for run in line.runs]
            capitals = text.upper() == text
            yield make_hit(value, 0.6 + 0.15 * capitals + 0.1 * row.runs[0].heading - 0.12 * rank, "title", spans)
            rank += 1
        if rank == 3:
            return


def _is_title(row: Row) -> bool:
    words = row.text.split()
    letters = [word for word in words if word[0].isalpha()]
    capitalised = len(letters) if row.runs[0].heading else sum(word[0].isupper() for word in letters)
    return (
        0 < len(words) <= MAX_WORDS
        and not row.text.rstrip().endswith((".", ",", ";"))
        and capitalised >= 0.6 * len(letters) > 0
    )


def _belongs(upper: Row, lower: Row) -> bool:
    """Whether two lines are one title: alike in capitals and height, without numbers, right under one another."""
    if any(char.isdigit() for char in upper.text + lower.text):
        return False
    close = lower.box[1] - upper.box[3] < 0.9 * lower.height
    alike = (upper.text.upper() == upper.text) == (lower.text.upper() == lower.text)
    return close and alike and abs(upper.height - lower.height) < 0.15 * lower.height and upper.page == lower.page
