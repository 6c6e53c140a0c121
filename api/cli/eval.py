"""`sheaf eval`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.exits import FAILED, REFUSED, CliError
from api.cli.session import Session, data_command

app = typer.Typer()

FOLDER = "eval-report"


@data_command(app, "eval")
def evaluate(
    session: Session,
    folder: Annotated[Path, typer.Argument(help="Holds documents and labels.jsonl.", metavar="FOLDER")],
    *,
    schema: Annotated[str, typer.Option(help="Name, name@version, or a JSON file that holds a schema.")],
    report: Annotated[Path, typer.Option(help="Folder for index.html and report.json.")] = Path(FOLDER),
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Documents in work at a time.")] = 8,
) -> None:
    """Measure extraction on labelled documents: what is right, wrong, missing. Interrupted, it goes on where it was."""
    from api.cli.evaluating import Evaluation  # rules and values: the other commands start without them
    from pipeline.evaluation.labels import BadLabels

    evaluation = Evaluation(client=session.client, folder=folder, schema=schema, report=report, parallel=parallel)
    try:
        evaluation.prepare()
    except BadLabels as error:
        raise CliError(str(error), REFUSED) from error
    with session.out.progress() as progress:
        bar = progress.add_task("documents", total=len(evaluation.labels))
        run = evaluation.run(lambda: progress.advance(bar))
    if session.out.as_json:
        session.out.value(run)
    else:
        _show(session, run, report)
    if all(document["status"] in ("refused", "failed", "cancelled") for document in run["documents"]):
        raise typer.Exit(FAILED)


def _show(session: Session, run: dict[str, Any], report: Path) -> None:
    _show_fields(session, run["figures"], run["change"] or {})
    session.out.line()
    _show_trust(session, run["figures"])
    for document in run["documents"]:
        if document["status"] != "succeeded":
            note = f" ({document['note']})" if document["note"] else ""
            session.out.line(f"{document['file']}: {document['status']}{note}")
    session.out.line(f"Report: {report / 'index.html'}")


def _show_fields(session: Session, figures: dict[str, Any], change: dict[str, Any]) -> None:
    from pipeline.evaluation.page import change_of, percent

    names = ("labelled", "right", "wrong", "missing", "spurious")
    groups: list[tuple[str, str | None, Any]] = [("all fields", "", figures["overall"])]
    groups += [(name, name, each) for name, each in figures["fields"].items()]
    groups += [(f"{name} (whole rows)", None, each) for name, each in figures["rows"].items()]
    rows = [
        (
            shown,
            percent(each["accuracy"]),
            change_of(None if key is None else change.get(key)),
            *(each[name] for name in names),
        )
        for shown, key, each in groups
    ]
    session.out.table(("Field", "Accuracy", "Change", *(name.capitalize() for name in names)), rows)


def _show_trust(session: Session, figures: dict[str, Any]) -> None:
    from pipeline.evaluation.page import percent

    out, confidence, usage = session.out, figures["confidence"], figures["usage"]
    sure, evidence = confidence["above_review"], figures["evidence"]
    error, ranking = _figure(confidence["calibration_error"]), _figure(confidence["auroc"])
    seconds, cost = _figure(usage["seconds_per_document"]), _figure(usage["cost_per_document"])
    out.line(
        f"Above the review threshold: {percent(sure['share'])} of the given values, {percent(sure['accuracy'])} right"
    )
    out.line(f"Confidence: calibration error {error}, AUROC {ranking}")
    out.line(f"Evidence: holds {percent(evidence['hit_rate'])} of the right values")
    out.line(f"A document: {seconds} s of work, cost {cost} {usage['currency'] or ''}".rstrip())


def _figure(value: Any) -> str:  # noqa: ANN401 - a float, or a Decimal as the JSON has it
    return "–" if value is None else f"{float(value):.3g}"
