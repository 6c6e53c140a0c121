"""Long tables through the real path: read, plan, ask, merge, verdict, with an oracle in the model's place.

Ledgers of 50 to 10,000 rows run over page breaks, with headings on every page, wrapped cells, rows that a page break
cuts in two, equal rows behind one another, and subtotals. The honest oracle must come through whole at every size; one
that drops, invents, doubles rows or goes in circles must never be called a success.
"""

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.long_tables.ledger import SCHEMA, Posting, make_ledger
from bench.long_tables.oracle import Fault, Oracle
from bench.long_tables.pdf import Printed, write_ledger
from pipeline.extraction.leaves import read_schema
from pipeline.extraction.model.level import DocumentSource, ModelLevel
from pipeline.extraction.model.paths import wanted_paths
from pipeline.jobs.verdict import completeness, verdict
from pipeline.reading.child.sandbox import Sandbox
from pipeline.reading.reader import Reader
from pipeline.settings import Extraction as ExtractionSettings
from pipeline.settings import Reading
from pipeline.settings import Sandbox as Limits
from schemas import exact_json
from schemas.extraction import Extraction

SIZES = (50, 200, 800, 1_200, 3_200, 10_000)
QUICK = (50, 200, 800, 1_200)
FAULTS: tuple[Fault, ...] = ("drop", "drop-one", "loop", "invent", "double")
DISHONEST_SIZES = (50, 200, 800)
PDF = "application/pdf"


def main(quick: bool) -> dict[str, Any]:
    """Measure; quick is up to 1,200 rows."""
    sandbox = Sandbox(Limits())
    sandbox.start()
    rows: dict[str, dict[str, Any]] = {}
    false_complete, false_partial = [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for size in QUICK if quick else SIZES:
                book = Book(sandbox, Path(folder), size)
                rows[str(size)] = figures = book.measure("none")
                if figures["status"] != "succeeded":
                    false_partial.append(str(size))
                for fault in FAULTS if size in DISHONEST_SIZES else ():
                    told = book.measure(fault)
                    if told["status"] == "succeeded" and told["recall"] * told["precision"] < 1:
                        false_complete.append(f"{size} {fault}")
    finally:
        sandbox.close()
    return {"rows": rows, "false_complete": false_complete, "false_partial": false_partial}


class Book:
    """One printed ledger, read once."""

    def __init__(self, sandbox: Sandbox, folder: Path, size: int) -> None:
        self._sandbox = sandbox
        self._ledger: Sequence[Posting] = make_ledger(size)
        path = folder / f"{size}.pdf"
        self._printed: Printed = write_ledger(path, self._ledger, ruled=size % 400 == 0)
        began = time.perf_counter()
        with path.open("rb") as source:
            document = Reader(sandbox, None, Reading()).read(source, name=path.name, media_type=PDF, password=None)
        self._document = folder / f"{size}.json"
        self._document.write_bytes(document.model_dump_json().encode())
        self._facts = {"pages_total": len(document.pages), "pages_failed": document.pages_failed}
        read = time.perf_counter()
        with self._document.open("rb") as source:
            data = sandbox.run("pipeline.extraction.task:extract_by_rules", source, {"schema": SCHEMA})
        self._rules = Extraction.model_validate(exact_json.loads(data))
        print(
            f"{size} rows on {self._printed.count} pages: read in {read - began:.1f} s, "
            f"rules {time.perf_counter() - read:.1f} s",
            flush=True,
        )

    def measure(self, fault: Fault) -> dict[str, Any]:
        """Extract with an oracle of that fault."""
        oracle = Oracle(self._ledger, self._printed, fault)
        source = DocumentSource(open=lambda: self._document.open("rb"), render=lambda _: {}, schema=SCHEMA)
        began = time.perf_counter()
        level = ModelLevel(oracle, source, self._sandbox, ExtractionSettings())
        made = level.extract(self._rules.model_copy(deep=True), wanted_paths(read_schema(SCHEMA)))
        seconds = time.perf_counter() - began
        extraction = exact_json.loads(exact_json.dumps(made))
        complete = completeness(self._facts, extraction)
        status, notices = verdict({"read": "succeeded", "extract": "succeeded"}, complete, extraction)
        recall, precision = self._compare((extraction["data"] or {}).get("lines", []))
        figures = {"recall": recall, "precision": precision, "calls": oracle.calls, "status": status}
        memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        told = "; ".join(notice.message for notice in notices)
        print(f"  {fault}: {figures} in {seconds:.1f} s, peak {memory // 1024} MB {told}", flush=True)
        return figures | {"seconds": round(seconds, 1)}

    def _compare(self, rows: Sequence[dict[str, Any]]) -> tuple[float, float]:
        """Shares of the printed rows that are there, and of the rows there that are printed, each counted once."""
        said = Counter(_key(row) for row in rows)
        true = Counter(_key(posting.data) for posting in self._ledger)
        hits = sum((said & true).values())
        return round(hits / len(self._ledger), 3), round(hits / max(1, len(rows)), 3)


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in ("date", "reference", "description", "quantity", "amount"))
