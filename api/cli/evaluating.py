"""A run of `sheaf eval`: uploads labelled documents, waits for their results, and writes the report."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.cli.exits import REFUSED, CliError, status_of
from api.cli.files import schema_argument
from api.cli.uploads import Report, Row, Uploader, note_of
from api.client import Client, RequestFailed, part
from pipeline.errors import SheafError
from pipeline.evaluation.crops import MOST_BYTES, PageKey, PagePicture, chosen, page_of, page_picture
from pipeline.evaluation.labels import Label, read_labels
from pipeline.evaluation.page import report_page
from pipeline.evaluation.run import Miss, Read, changes, record
from pipeline.extraction.gate import check_schema
from pipeline.extraction.leaves import Object, read_schema
from schemas import exact_json

REPORT, PREVIOUS, PAGE = "report.json", "previous.json", "index.html"


class Evaluation:
    """One run over one folder. The report folder has the page, this run, the run before, and what is unfinished."""

    def __init__(self, *, client: Client, folder: Path, schema: str, report: Path, parallel: int) -> None:
        self._client = client
        self._folder = folder
        self._schema = schema
        self._report = report
        self._parallel = parallel
        self._sent = ""
        self._before: dict[str, Any] | None = None
        self.labels: list[Label] = []

    def prepare(self) -> None:
        """Read all there is to read before anything is sent.

        Raises:
            BadLabels: the labels cannot be used.
            CliError: the schema or the report of the run before cannot.
            RequestFailed: the service does not give the schema.
        """
        self._sent = schema_argument(self._schema) or ""
        self.labels = read_labels(self._folder, self._tree())
        self._before = _run_of(self._report / REPORT)
        self._report.mkdir(parents=True, exist_ok=True)

    def run(self, advance: Callable[[], object]) -> dict[str, Any]:
        """Measure, and write the report. `advance` is called for each document that has ended."""
        unfinished, run_id = self._unfinished()
        uploader = Uploader(
            client=self._client,
            options={"schema": self._sent, "tasks": "extract"},
            report=Report(unfinished),
            wait=True,
            window=self._parallel,
            run_id=run_id,
        )
        found, misses = record(self._reads(uploader, advance))
        run = {"at": _now(), "folder": self._folder.resolve().name, "schema": self._schema, "change": None, **found}
        run["change"] = changes(run, self._before)
        self._write(run, misses)
        unfinished.unlink(missing_ok=True)
        return run

    def _tree(self) -> Object:
        if self._sent != self._schema:  # a file's content
            schema = exact_json.loads(self._sent)
        else:
            name, at, version = self._schema.partition("@")
            schema = self._client.get(f"/v1/schemas/{part(name)}", version=version if at else None).value["schema"]
        try:
            check_schema(schema)
        except SheafError as error:
            raise CliError(f"the schema {self._schema}: {error.message}", REFUSED) from error
        return read_schema(schema)

    def _reads(self, uploader: Uploader, advance: Callable[[], object]) -> list[Read]:
        """In the order of the labels, whatever ended first."""
        by_path = {str(self._folder / label.file): label for label in self.labels}
        done: dict[str, Read] = {}
        try:
            for row in uploader.run(Path(path) for path in by_path):
                done[row.path] = self._read(by_path[row.path], row)
                advance()
        except RequestFailed as error:
            counts = f"{len(done)} of {len(by_path)} done; run it again to go on"
            raise CliError(f"{error.message} ({counts})", status_of(error)) from error
        return [done[path] for path in by_path]

    def _unfinished(self) -> tuple[Path, str]:
        """Where this run notes its documents, and its id: those of an interrupted run where there is one."""
        known = next(iter(sorted(self._report.glob("unfinished-*.jsonl"))), None)
        run_id = known.stem.partition("-")[2] if known else secrets.token_hex(8)
        return known or self._report / f"unfinished-{run_id}.jsonl", run_id

    def _read(self, label: Label, row: Row) -> Read:
        result = None
        if row.job_id is not None and row.problem != "not-found":
            result = self._client.result(row.job_id, timeout=0).value
        note = note_of(result) if result else row.note
        return Read(label=label, status=row.status, note=note, document_id=row.document_id, result=result)

    def _write(self, run: dict[str, Any], misses: list[Miss]) -> None:
        page = report_page(run, misses, self._pages(misses))
        (self._report / PAGE).write_text(page, encoding="utf-8")
        current = self._report / REPORT
        if current.exists():
            current.replace(self._report / PREVIOUS)
        current.write_bytes(exact_json.dumps(run, indent=True) + b"\n")

    def _pages(self, misses: list[Miss]) -> dict[PageKey, PagePicture]:
        """The pages that show misses, up to the limits; one that the service cannot show is left out."""
        found: dict[PageKey, PagePicture] = {}
        left = MOST_BYTES
        for key in dict.fromkeys(page_of(miss) for miss in chosen(misses)):
            picture = self._page(key) if key else None
            if key and picture and len(picture.content) <= left:
                found[key] = picture
                left -= len(picture.content)
        return found

    def _page(self, key: PageKey) -> PagePicture | None:
        try:
            return page_picture(self._client.get(f"/v1/documents/{part(key[0])}/pages/{key[1]}.png").raw)
        except RequestFailed as error:
            if error.problem is None:
                raise
            return None  # a recording or a text has no pages


def _run_of(path: Path) -> dict[str, Any] | None:
    """The run before; `None` where there is none.

    Raises:
        CliError: what is there is something else.
    """
    try:
        run = exact_json.loads(path.read_bytes())
        if isinstance(run, dict) and {"format", "figures", "documents"} <= set(run):
            return run
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CliError(f"{path} cannot be read: {error}", REFUSED) from error
    raise CliError(f"{path} is not a report of `sheaf eval`", REFUSED)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
