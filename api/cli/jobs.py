"""`sheaf status`, `sheaf result`, `sheaf retry` and `sheaf cancel`."""

from typing import Annotated, Any

import typer

from api.cli.exits import FAILED
from api.cli.files import schema_argument
from api.cli.output import minute
from api.cli.session import Session, data_command
from api.cli.uploads import note_of
from api.client import part
from api.places import place
from schemas import exact_json

app = typer.Typer()

Job = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


@data_command(app, "status")
def status(
    session: Session,
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="One job's id; without it the newest jobs.")] = None,
    status: Annotated[str | None, typer.Option(help="Only jobs that are queued, running, succeeded, …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """Show a job with its stages, or the newest jobs."""
    if job is None:
        reply = session.client.get("/v1/jobs", status=status, limit=limit)
    else:
        reply = session.client.get(f"/v1/jobs/{part(job)}")
    if session.out.as_json:
        session.out.raw(reply.raw)
    elif job is None:
        _show_jobs(session, reply.value["items"])
        if reply.value["next_cursor"]:
            session.out.line("there are older ones: --limit shows up to 200", "dim")
    else:
        _show_job(session, reply.value)


@data_command(app, "result")
def result(
    session: Session,
    job: Job,
    wait: Annotated[bool, typer.Option("--wait", help="Until the job has ended.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait at most.", min=0)] = 3600.0,
) -> None:
    """Print what came of a job: fields with their places, the summary, and what is missing."""
    reply = session.client.result(job, timeout=timeout if wait else 0)
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        _show_result(session, reply.value)
    if reply.value["status"] in ("failed", "cancelled"):
        raise typer.Exit(FAILED)


@data_command(app, "extract")
def extract(
    session: Session,
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="The id of a stored document.")],
    schema: Annotated[str, typer.Option(help="Name, name@version, or a JSON file that holds a schema.")],
    wait: Annotated[bool, typer.Option("--wait", help="Until the job has ended; the result is printed.")] = False,
) -> None:
    """Work on a stored document again, with another schema; what was read is not read again."""
    given = schema_argument(schema)
    wanted = given if given == schema else exact_json.loads(given or "")
    reply = session.client.post("/v1/jobs", {"document_id": document, "schema": wanted})
    if wait:
        result(session, reply.value["id"], wait=True)
    elif session.out.as_json:
        session.out.raw(reply.raw)
    else:
        _show_job(session, reply.value)


@data_command(app, "retry")
def retry(
    session: Session,
    job: Job,
    password: Annotated[bool, typer.Option("--password", help="Ask for the document's password first.")] = False,
) -> None:
    """Run again what did not succeed of a job that failed, was cancelled or is partial."""
    # Typed, not given: what is given to a program is seen by others on the machine.
    typed = typer.prompt("Password of the document", hide_input=True, err=True) if password else None
    reply = session.client.post(f"/v1/jobs/{part(job)}/retry", {"password": typed} if typed else None)
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        _show_job(session, reply.value)


@data_command(app, "cancel")
def cancel(session: Session, job: Job) -> None:
    """Stop a job: nothing of it begins any more, and what runs stops within seconds."""
    reply = session.client.post(f"/v1/jobs/{part(job)}/cancel")
    if session.out.as_json:
        session.out.raw(reply.raw)
    else:
        _show_job(session, reply.value)


def _show_jobs(session: Session, jobs: list[dict[str, Any]]) -> None:
    rows = [
        (job["id"], job["status"], _percent(job["progress"]), job["schema"], _document(job), minute(job["created_at"]))
        for job in jobs
    ]
    session.out.table(("Job", "Status", "Done", "Schema", "Document", "Created (UTC)"), rows)


def _document(job: dict[str, Any]) -> str:
    return str(job.get("document_name") or job["document_id"])


def _show_job(session: Session, job: dict[str, Any]) -> None:
    position = job["queue_position"]
    queued = f", {position} before it" if position is not None else ""
    session.out.line(f"{job['id']}: {job['status']}, {_percent(job['progress'])} done{queued}")
    session.out.line(f"document {job['document_id']}: {job.get('document_name') or 'deleted'}")
    rows = [
        (stage["name"], stage["status"], stage["attempt"], _percent(stage["progress"]), _said(stage["problem"]))
        for stage in job["stages"]
    ]
    session.out.table(("Stage", "Status", "Attempt", "Done", "Problem"), rows)
    if job["problem"]:
        session.out.line(_said(job["problem"]) or "", "red")


def _show_result(session: Session, result: dict[str, Any]) -> None:
    out, document = session.out, result["document"]
    note = note_of(result)
    out.line(f"{document['name']}: {result['status']}" + (f" ({note})" if note else ""), "bold")
    if result["fields"]:
        rows = [(pointer, *_field(field)) for pointer, field in result["fields"].items()]
        out.table(("Field", "Value", "Confidence", "Where"), rows)
    if result["summary"]:
        out.line()
        out.line(result["summary"]["text"])
    for warning in result["warnings"]:
        out.line(f"warning: {warning['message']}", "yellow")


def _field(field: dict[str, Any]) -> tuple[object, ...]:
    where = place(field["evidence"][0]) if field["evidence"] else "not found in the document"
    doubt = ", to review" if field["needs_review"] else ""
    return (field["value"], f"{_percent(field['confidence'])}{doubt}", where)


def _percent(share: Any) -> str | None:  # noqa: ANN401 - an int or a Decimal, as the JSON has it
    return None if share is None else f"{float(share):.0%}"


def _said(problem: dict[str, Any] | None) -> str | None:
    return None if problem is None else str(problem.get("detail") or problem["title"])
