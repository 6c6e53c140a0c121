"""The name a document begins with: the firm's or the shop's, in its own line above everything else."""

import re

from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.addresses import is_address_line, is_contact_line
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, Span, make_hit
from pipeline.extraction.rules.names import (
    clean_name,
    find_companies,
    has_legal_form,
    is_sentence,
    looks_like_name,
    sounds_like_trade,
)
from pipeline.extraction.values.dates import find_dates

MAX_ROWS = 12
_KIND_OF_DOCUMENT = re.compile(
    r"(?i)\b(?:invoice|receipt|statement|credit note|bill|quotation|order|page|copy|original|duplicate|rechnung|"
    r"gutschrift|"
    r"lieferschein|quittung|facture|avoir|reçu|devis|factura|recibo|fattura|ricevuta|scontrino|factuur|bon|kassabon|"
    r"welcome|thank|customer|date|table)\b|rechnung\b|korrektur"
)


def letterhead_hits(view: View) -> list[Hit]:
    """Name-like lines among the first rows, the first the likeliest; a legal form or a trade's word speaks for one."""
    lines = [run for run in _first_lines(view) if _may_name(view, run)]
    if not lines:
        return []
    heights = sorted(run.height for row in view.layout.rows[:40] for run in row.runs)
    typical = heights[len(heights) // 2]
    hits = []
    for rank, run in enumerate(lines[:4]):
        text = clean_name(run.text)
        score = 0.52 - 0.1 * rank
        score += 0.2 * has_legal_form(text) + 0.15 * sounds_like_trade(text) + 0.06 * (run.height > 1.25 * typical)
        spans = _with_line_above(lines, rank)
        value = " ".join(clean_name(each.text[a:b]) for each, a, b in spans)
        if value:
            hits.append(make_hit(value, score, "letterhead", spans))
    return hits


def _first_lines(view: View) -> list[Run]:
    """The runs of the first rows, until the document's data begins."""
    lines: list[Run] = []
    for row in view.layout.rows[:MAX_ROWS]:
        for run in row.runs:
            labels = view.labels.in_run(run)
            if lines and labels and labels[0].leads and labels[0].colon and not labels[0].before:
                return lines
            lines.append(run)
    return lines


def _may_name(view: View, run: Run) -> bool:
    text = clean_name(run.text)
    if not looks_like_name(text) or is_contact_line(text) or view.labels.is_label(run) or find_dates(text):
        return False
    if _KIND_OF_DOCUMENT.search(text) and not has_legal_form(text):
        return False
    if has_legal_form(text) or sounds_like_trade(text):
        return True
    return not is_sentence(text) and not (is_address_line(text) and any(char.isdigit() for char in text))


def _with_line_above(lines: list[Run], rank: int) -> list[Span]:
    """The line, after the one above it where that is its beginning: "WESTERN EASTERN" / "STATIONERY SDN BHD"."""
    run = lines[rank]
    companies = find_companies(run.text)
    span: Span = (run, companies[0].start, companies[0].end) if companies else (run, 0, len(clean_end(run.text)))
    if rank > 0 and companies and len(companies[0].text.split()) <= 3:
        above = lines[rank - 1]
        words_before_form = len(
            re.split(r"(?i)\b(?:sdn|ltd|inc|gmbh|bhd|limited|llc|co)\b", companies[0].text)[0].split()
        )
        close = run.row - above.row == 1 and not has_legal_form(above.text)
        if words_before_form <= 1 and close:
            return [(above, 0, len(above.text)), span]
    return [span]


def clean_end(text: str) -> str:
    """The text without a registration number behind the name."""
    name = clean_name(text)
    return text[: text.find(name) + len(name)] if name and name in text else text
