"""`python -m examples.demo`: start the service, run the example documents through it, and check what comes out.

Exit status 0 when every value is right, 1 otherwise.
"""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from examples.demo import printing
from examples.demo.client import Client, RequestError
from examples.demo.comparison import Checker, Difference
from examples.demo.expectations import EXAMPLES, QUESTIONS, Example, check_answer, check_folder, check_result
from examples.demo.receiver import Receiver
from examples.demo.service import Service, ServiceError
from examples.demo.watching import STALL_SECONDS, Display, Stalled, make_progress, watch_jobs

Json = dict[str, Any]
FOLDER = Path(__file__).parent.parent
WEBHOOK_SECONDS = 15
NEXT_COMMANDS = [
    ("make run", "keeps the service up on http://127.0.0.1:8080; its first start prints an API key"),
    (".venv/bin/sheaf ingest examples/invoice.pdf --schema invoice", "in a second terminal: a document of your own"),
    (".venv/bin/sheaf ask 'What is the invoice total?'", "asks what you have ingested"),
]


class Demo:
    """The steps, with what has been found wrong so far."""

    def __init__(self, console: Console, client: Client, receiver: Receiver) -> None:
        self.differences: list[Difference] = []
        self._console = console
        self._client = client
        self._receiver = receiver

    def documents(self) -> None:
        """Upload all documents, follow them, and show what came out."""
        self._console.print("\n[bold]Reading five documents[/]")
        examples = {example.file: example for example in EXAMPLES}
        began = time.monotonic()
        jobs = {name: self._upload(example) for name, example in examples.items()}
        ended: list[tuple[Example, Json, float]] = []
        with make_progress(self._console) as progress:
            for name, job in watch_jobs(Display(self._console, progress), jobs, self._client.job):
                ended.append((examples[name], job, time.monotonic() - began))
        for example, job, seconds in sorted(ended, key=lambda entry: EXAMPLES.index(entry[0])):
            self._finished(example, job, seconds)

    def folder(self) -> None:
        """Ingest the folder as a batch."""
        self._console.print("\n[bold]Ingesting the folder examples/folder[/]")
        began = time.monotonic()
        batch: Json = {}
        with make_progress(self._console) as progress:
            display = Display(self._console, progress)
            for batch in self._client.batch("examples"):
                done = batch["status"] in {"finished", "failed"}
                display.show("folder", float(batch["progress"]), _counts(batch), done=done)
                if not done and time.monotonic() - began > STALL_SECONDS:
                    raise Stalled(f"the folder is not ingested after {STALL_SECONDS} s")
        self._console.print(f"{_counts(batch)} after {time.monotonic() - began:.1f} s")
        self.differences += check_folder(self._client.batch_files(batch["id"]))

    def questions(self) -> None:
        """Ask the corpus and show the answers."""
        self._console.print("\n[bold]Asking three questions[/]")
        for question in QUESTIONS:
            answer = self._client.answer(question.text)
            printing.show_answer(self._console, answer)
            self.differences += check_answer(question, answer)

    def _upload(self, example: Example) -> str:
        accepted = self._client.upload(FOLDER / example.file, schema=example.schema, webhook_url=self._receiver.url)
        return str(accepted["job"]["id"])

    def _finished(self, example: Example, job: Json, seconds: float) -> None:
        event = self._receiver.wait_for(job["id"], WEBHOOK_SECONDS)
        result = self._client.result(job["id"])
        content = self._client.content(job["document_id"]) if result["status"] != "failed" else {"segments": []}
        printing.show_result(self._console, result, {"timed": _timed(job)}, seconds=seconds, event=event)
        if event is None:
            self.differences.append(Checker(example.file).wrong("webhook", "a verified event", None))
        self.differences += check_result(example, result, content)


def _timed(job: Json) -> list[Json]:
    """Stages that ran, with their seconds."""
    timed = []
    for stage in job["stages"]:
        if stage["started_at"] and stage["finished_at"]:
            began, ended = (datetime.fromisoformat(stage[key]) for key in ("started_at", "finished_at"))
            timed.append({"name": stage["name"], "seconds": (ended - began).total_seconds()})
    return timed


def _counts(batch: Json) -> str:
    counts = [f"{count} {status}" for status, count in batch["files"].items() if count]
    return ", ".join(counts) or str(batch["status"])


def run(console: Console) -> int:
    """The whole demonstration; the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sheaf-demo-") as name, Receiver() as receiver:
        service = Service(Path(name), batch_root=FOLDER / "folder", receiver_port=receiver.port)
        console.print("Starting the service (its very first start takes longer)")
        with service, ExitStack() as stopping:
            stopping.callback(console.print, "\nStopping the service")
            with console.status("Starting the service") as status:
                seconds = service.wait_until_ready(lambda s: status.update(f"Starting the service: {s:.0f} s"))
            console.print(f"The service is ready at {service.url} after {seconds:.1f} s", highlight=False)
            try:
                differences = _steps(console, Client(service.url, service.key), receiver)
            except (Stalled, RequestError, httpx.HTTPError) as error:
                raise ServiceError(f"{error}\nThe service's last words:\n{service.log_end()}") from error
        differences += Checker("webhooks").equal("refused deliveries", [], receiver.refused)
    return _conclude(console, differences, time.monotonic() - began)


def _steps(console: Console, client: Client, receiver: Receiver) -> list[Difference]:
    receiver.secret = client.webhook_secret()
    demo = Demo(console, client, receiver)
    demo.documents()
    demo.folder()
    demo.questions()
    return demo.differences


def _conclude(console: Console, differences: list[Difference], seconds: float) -> int:
    if differences:
        console.print()
        printing.show_differences(console, differences)
        return 1
    console.print(f"\n[green]Every value is right.[/] It took {seconds:.0f} s. Go on with:\n")
    for command, words in NEXT_COMMANDS:
        console.print(f"  [bold]{command}[/]\n      {words}", highlight=False, soft_wrap=True)
    return 0


def main() -> int:
    """Run; a failure of the service or a termination signal still stops the service in order."""
    console = Console()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(console)
    except ServiceError as error:
        console.print(f"[red]The demonstration failed:[/] {escape(str(error))}", highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
