"""Parts of a page that a heading gives to somebody: "Bill to", "Seller", or what a schema's object is called."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.addresses import address_runs, is_address_line, is_contact_line
from pipeline.extraction.rules.blocks import TextBlock
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Span
from pipeline.extraction.rules.labels import Occurrence
from pipeline.extraction.rules.names import find_companies, looks_like_name
from pipeline.extraction.rules.zones import FAR_BELOW, aligned, skip_punctuation

MAX_LINES = 12
ROLES = ("seller", "buyer", "ship_to")


@dataclass(eq=False)
class Section:
    """The lines under or beside a heading."""

    owner: str
    heading: Occurrence
    lines: list[Span]
    """From top to bottom; the first may be the rest of the heading's own run."""
    values: list[Run] = field(default_factory=list)
    """Runs to the right of lines that are labels themselves ("Name:")."""

    def covers(self, run: Run) -> bool:
        """Whether a run belongs to it."""
        return any(line is run for line, _, _ in self.lines) or any(value is run for value in self.values)


def find_sections(view: View, blocks: list[TextBlock], owners: Iterable[str]) -> list[Section]:
    """The sections of all owners; a heading begins or fills its run."""
    block_of = {run: block for block in blocks for run in block.runs}
    found = []
    for owner in owners:
        for heading in view.labels.of([owner]):
            if heading.run in block_of and heading.leads and (heading.colon or view.labels.is_label(heading.run)):
                lines = _lines(view, heading, block_of)
                if lines:
                    found.append(Section(owner, heading, lines, _values(view, lines)))
    return found


def _lines(view: View, heading: Occurrence, block_of: dict[Run, TextBlock]) -> list[Span]:
    run = heading.run
    start = skip_punctuation(run.text, heading.end, len(run.text))
    own: list[Span] = [(run, start, len(run.text))] if any(c.isalnum() for c in run.text[start:]) else []
    if not own:
        beside = next(iter(view.layout.right_of(run)), None)
        if heading.colon and beside is not None and not view.labels.is_label(beside):
            return _following(view, beside, block_of, include=True)
    return own + _following(view, run, block_of, include=False)


def _following(view: View, run: Run, block_of: dict[Run, TextBlock], *, include: bool) -> list[Span]:
    """The rest of the block below a run; where the block ends with the run, the block under it."""
    block = block_of.get(run)
    runs = block.runs[block.runs.index(run) + 1 :] if block else []
    if not runs and not include:
        below = _first_below(view, run)
        next_block = block_of.get(below) if below else None
        runs = next_block.runs[next_block.runs.index(below) :] if below and next_block else []
    lines: list[Span] = [(run, 0, len(run.text))] if include else []
    for each in runs[:MAX_LINES]:
        if _is_heading(view, each):
            break
        lines.append((each, 0, len(each.text)))
    return lines


def _first_below(view: View, run: Run) -> Run | None:
    for row in view.layout.below(run.row, 3):
        for each in row.runs:
            if aligned(run.box, each) and each.box[1] - run.box[3] < FAR_BELOW * run.height:
                return each
    return None


def _is_heading(view: View, run: Run) -> bool:
    return view.labels.is_label(run) and any(set(ROLES) & label.owners for label in view.labels.in_run(run))


def _values(view: View, lines: list[Span]) -> list[Run]:
    values = []
    for run, _, _ in lines:
        if view.labels.is_label(run):
            beside = next(iter(view.layout.right_of(run)), None)
            if beside is not None:
                values.append(beside)
    return values


def name_in(view: View, section: Section) -> Span | None:
    """The name in a section: by its own "Name:", else a firm in its first lines, else the first name-like line."""
    for run, start, end in section.lines:
        for label in view.labels.in_run(run):
            if "name" in label.owners and label.leads:
                behind = skip_punctuation(run.text, label.end, end)
                if any(char.isalpha() for char in run.text[behind:end]):
                    return (run, behind, end)
                beside = next(iter(view.layout.right_of(run)), None)
                if beside is not None:
                    return (beside, 0, len(beside.text))
        del start
    plain = [span for span in section.lines if _may_be_name(view, span)]
    for run, start, end in plain[:3]:
        text = run.text[start:end]
        if find_companies(text) and len(text.split()) <= 6 and not re.search(r"[,;•|·]|\s[-–]\s", text):
            return (run, start, end)
        for company in find_companies(run.text[start:end]):
            return (run, start + company.start, start + company.end)
    return plain[0] if plain else None


def _may_be_name(view: View, span: Span) -> bool:
    run, start, end = span
    text = run.text[start:end]
    labels = [label for label in view.labels.in_run(run) if label.start >= start and label.leads and not label.weak]
    labelled = any(label.colon or view.labels.is_label(run) for label in labels)
    firm = bool(find_companies(text))
    plain = not is_address_line(text) and not is_contact_line(text) and looks_like_name(text)
    few_digits = sum(char.isdigit() for char in text) <= 2
    return not labelled and (firm or (plain and few_digits))


def address_in(section: Section, name: Span | None) -> list[Span]:
    """The lines of a section's address, those behind its name where there is one."""
    spans = {run: (run, start, end) for run, start, end in section.lines}
    runs = [run for run, _, _ in section.lines]
    if name is not None and name[0] in spans and name[1] == spans[name[0]][1]:
        runs = runs[runs.index(name[0]) + 1 :]
    return [spans.get(run, (run, 0, len(run.text))) for run in address_runs([*runs, *section.values])]
