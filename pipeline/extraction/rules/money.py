"""The currency of a document."""

from collections import Counter

from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, make_hit
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.values.currencies import find_currencies

MAX_ROWS = 600


def currency_hits(view: View, target: Target, total: Hit | None) -> list[Hit]:
    """The currency printed beside the total, else the one printed most often."""
    hits = []
    if total is not None and total.currency:
        value = target.fit(total.currency)
        if value is not None:
            run, start, end = total.spans[0]
            places = [(a, b) for a, b, code in find_currencies(run.text[start:end]) if code == total.currency]
            span = (run, start + places[0][0], start + places[0][1]) if places else (run, start, end)
            hits.append(make_hit(value, 0.85, "total", [span]))
    found = [
        (code, run, start, end)
        for row in view.layout.rows[:MAX_ROWS]
        for run in row.runs
        for start, end, code in find_currencies(run.text)
    ]
    counts = Counter(code for code, _, _, _ in found)
    for code, run, start, end in found:
        value = target.fit(code)
        if value is not None:
            share = counts[code] / len(found)
            hits.append(make_hit(value, 0.5 * share, "printed", [(run, start, end)]))
            counts[code] = 0
    return hits
