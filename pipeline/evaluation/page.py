"""The report as one HTML page that needs nothing else: no script, no font, no network."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from pipeline.evaluation.crops import PageKey, PagePicture, chosen, crop, definitions
from pipeline.evaluation.diagram import reliability_diagram
from pipeline.evaluation.run import Miss

MOST_MISSES = 500
"""Lines in the table of misses; the JSON has them all."""

# The document's own text stands in the page: it is escaped everywhere, and this forbids whatever slips through.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --line: #d8dde5; --good: #1c7a4a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --paper: #14181f; --line: #343c49; --good: #5fd39a; --bad: #ff8a80; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; overflow-wrap: anywhere;
  padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); }
.cards { display: flex; flex-wrap: wrap; gap: 1rem 2.4rem; } .cards b { display: block; font-size: 1.5rem; }
.misses { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.2rem; }
figure { margin: 0; border: 1px solid var(--line); padding: .7rem; } figcaption { overflow-wrap: anywhere; }
.crop { width: 100%; max-height: 16rem; background: #fff; } .crop.page { max-height: 26rem; }
.mark { fill: #ffd54a55; stroke: #d98200; stroke-width: 2; }
.diagram { width: 22rem; max-width: 100%; } .diagram text { fill: currentColor; font-size: 11px; }
.frame { fill: none; stroke: var(--line); } .bar { fill: #2f6fd0; }
.ideal { stroke: currentColor; stroke-dasharray: 4 4; }
"""

Cell = str
"""HTML of a cell, escaped."""


def html_page(title: str, parts: Iterable[str]) -> str:
    """A whole page; `parts` are HTML."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, words: int = 1) -> str:
    """A table whose first `words` columns are text and the others figures; columns are text, cells are HTML."""
    kinds = ["" if number < words else ' class="n"' for number in range(len(columns))]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, columns, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def report_page(run: Mapping[str, Any], misses: Sequence[Miss], pages: Mapping[PageKey, PagePicture]) -> str:
    """The report of a run of `sheaf eval`."""
    figures = run["figures"]
    return html_page(
        f"Evaluation: {run['folder']} against {run['schema']}",
        [
            f"<p>{escape(run['at'])} · {figures['documents']} documents · {_makers(run)}</p>",
            _cards(figures),
            "<h2>Fields</h2>",
            _fields(figures["fields"], run["change"]),
            *(["<h2>Rows</h2>", _fields(figures["rows"], None)] if figures["rows"] else []),
            "<h2>Confidence</h2>",
            reliability_diagram(figures["confidence"]["bins"]),
            "<h2>Documents</h2>",
            _documents(run["documents"]),
            *_missed(misses, pages),
        ],
    )


def percent(share: Any) -> str:  # noqa: ANN401 - a float, or a Decimal as the JSON has it
    """A share for people; a dash for `None`."""
    return "–" if share is None else f"{float(share):.1%}"


def change_of(change: Any) -> str:  # noqa: ANN401 - as above
    """A difference of shares in points, with its sign; empty where there is none."""
    return f"{float(change) * 100:+.1f}" if change else ""


def _cards(figures: Mapping[str, Any]) -> str:
    sure, usage = figures["confidence"]["above_review"], figures["usage"]
    seconds, cost = usage["seconds_per_document"], usage["cost_per_document"]
    cards = {
        "of labelled values right": percent(figures["overall"]["accuracy"]),
        "of given values wrong": percent(figures["overall"]["wrong_share"]),
        "right above the review threshold": percent(sure["accuracy"]),
        "of given values are above it": percent(sure["share"]),
        "expected calibration error": _number(figures["confidence"]["calibration_error"]),
        "AUROC of confidence": _number(figures["confidence"]["auroc"]),
        "evidence hit rate": percent(figures["evidence"]["hit_rate"]),
        "seconds a document": _number(seconds),
        f"cost a document {escape(usage['currency'] or '')}": _number(cost),
    }
    return (
        '<div class="cards">' + "".join(f"<div><b>{value}</b>{name}</div>" for name, value in cards.items()) + "</div>"
    )


def _fields(fields: Mapping[str, Any], change: Mapping[str, Any] | None) -> str:
    names = ("labelled", "right", "wrong", "missing", "spurious")
    rows = [
        [escape(name), percent(each["accuracy"]), _coloured((change or {}).get(name)), *(str(each[n]) for n in names)]
        for name, each in fields.items()
    ]
    return table(("Field", "Accuracy", "Change", *(name.capitalize() for name in names)), rows)


def _coloured(change: Any) -> str:  # noqa: ANN401 - as above
    text = change_of(change)
    return f'<span class="{"good" if float(change) > 0 else "bad"}">{text}</span>' if text else ""


def _documents(documents: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        [
            escape(each["file"]),
            escape(each["status"] + (f": {each['note']}" if each["note"] else "")),
            percent(each["accuracy"]),
            f"{each['right']} of {each['labelled']}",
            percent(each["rows_right"]),
            _number(each["seconds"]),
            _number(each["cost"]),
        ]
        for each in documents
    ]
    return table(("File", "Status", "Accuracy", "Right", "Rows right", "Seconds", "Cost"), rows, words=2)


def _missed(misses: Sequence[Miss], pages: Mapping[PageKey, PagePicture]) -> Iterable[str]:
    if not misses:
        return
    yield f"<h2>Misses with pictures</h2>{definitions(pages)}"
    shown = [(miss, crop(miss, pages)) for miss in chosen(misses)]
    figures = (
        f"<figure>{picture}<figcaption>{_caption(miss)}</figcaption></figure>" for miss, picture in shown if picture
    )
    yield f'<div class="misses">{"".join(figures)}</div>'
    kept = misses[:MOST_MISSES]
    yield "<h2>All misses</h2>" + (
        f"<p>The first {len(kept)} of {len(misses)}; report.json has all.</p>" if kept != misses else ""
    )
    rows = [
        [
            escape(m.file),
            escape(m.item.field),
            m.item.outcome,
            _value(m.item.truth),
            _value(m.item.given),
            _number(m.item.confidence),
        ]
        for m in kept
    ]
    yield table(("File", "Field", "", "Label", "Given", "Confidence"), rows, words=5)


def _caption(miss: Miss) -> str:
    item = miss.item
    given = "nothing given" if item.given is None else f"given {_value(item.given)} at {_number(item.confidence)}"
    label = "the label has none" if item.truth is None else f"label {_value(item.truth)}"
    return f'<b class="bad">{item.outcome}</b> {escape(item.field)}<br>{label}; {given}<br>{escape(miss.file)}'


def _makers(run: Mapping[str, Any]) -> str:
    return escape(
        " / ".join(", ".join(f"{k} {v}" for k, v in made.items()) for made in run["produced_by"]) or "no result"
    )


def _value(value: Any) -> str:  # noqa: ANN401 - a JSON scalar
    return "" if value is None else escape(str(value)[:300])


def _number(value: Any) -> str:  # noqa: ANN401 - a float, or a Decimal as the JSON has it
    return "–" if value is None else f"{float(value):.3g}"
