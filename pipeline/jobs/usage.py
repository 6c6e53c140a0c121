"""What jobs and answers have cost, noted as it is spent."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from pipeline.access.limits import quotas_used
from pipeline.errors import InvalidRequest
from pipeline.models.chat import ChatModel
from pipeline.models.feeding import line
from pipeline.models.spending import Ledger, Noted, Spent
from pipeline.services import Services
from pipeline.settings import Limits
from pipeline.stores.records import usage
from pipeline.stores.records.tables import current_time
from pipeline.stores.records.usage import UsageRow, UsageSum
from pipeline.stores.records.workspaces import hold_workspace
from schemas.usage import ModelUsage, UsageDay, UsageReport

DEFAULT_DAYS = 30
MAX_DAYS = 366
MILLION = 1_000_000


def note_spent(
    connection: Connection, spent: Iterable[Spent], *, workspace_id: str, work: str, job_id: str | None
) -> None:
    """Add what models were asked."""
    rows = [
        UsageRow(
            work=work,
            model=each.model,
            job_id=job_id,
            calls=each.calls,
            input_tokens=each.input_tokens,
            cached_tokens=each.cached_tokens,
            output_tokens=each.output_tokens,
            seconds=each.seconds,
            cost_millionths=int(each.cost * MILLION),
        )
        for each in spent
    ]
    usage.add_usage(connection, workspace_id, rows)


@contextmanager
def charged(
    services: Services, *, workspace_id: str, work: str, ledger: Ledger | None = None
) -> Iterator[ChatModel | None]:
    """The chat model, on the workspace's account: what the ledger holds when the block ends is noted.

    A person waits for its answers, so they go before those of jobs.
    """
    ledger = ledger or Ledger()
    try:
        yield None if services.chat is None else Noted(line(services.chat, workspace_id, urgent=True), ledger)
    finally:
        if ledger.spent():
            with services.database.write() as connection:
                if hold_workspace(connection, workspace_id):
                    note_spent(connection, ledger.spent(), workspace_id=workspace_id, work=work, job_id=None)


def models_of(sums: Iterable[UsageSum]) -> list[ModelUsage]:
    """One entry a model, of sums that may stand for several days."""
    found: dict[str, list[UsageSum]] = {}
    for each in sums:
        if each.model is not None:
            found.setdefault(each.model, []).append(each)
    return [_model(name, group) for name, group in sorted(found.items())]


def report(
    services: Services, *, workspace_id: str, since: date | None, until: date | None, limits: Limits | None = None
) -> UsageReport:
    """What the workspace spent in a span of days; without `since` the thirty days up to `until`, which is today.

    Its quotas are held against `limits`, or where there are none against the settings'.

    Raises:
        InvalidRequest: the span is longer than 366 days, or ends before it begins.
    """
    with services.database.read() as connection:
        today = datetime.fromtimestamp(current_time(connection), UTC).date()
        last = until or today
        first = since or last - timedelta(days=DEFAULT_DAYS - 1)
        if not 0 <= (last - first).days < MAX_DAYS:
            raise InvalidRequest(f"`since` is to be before `until`, by less than {MAX_DAYS} days", field="since")
        sums = usage.usage_between(connection, workspace_id, since=first.isoformat(), until=last.isoformat())
        used = quotas_used(connection, workspace_id, limits or services.settings.limits)
    models = models_of(sums)
    days = [_day(day, [each for each in sums if each.day == day]) for day in dict.fromkeys(each.day for each in sums)]
    return UsageReport(
        since=first,
        until=last,
        currency=services.settings.currency,
        jobs=sum(day.jobs for day in days),
        pages=sum(day.pages for day in days),
        seconds=round(sum(day.seconds for day in days), 3),
        models=models,
        cost=_money(sum(each.cost_millionths for each in sums)),
        days=days,
        quotas=used,
    )


def _day(day: str | None, sums: list[UsageSum]) -> UsageDay:
    jobs = [each for each in sums if each.model is None]
    return UsageDay(
        day=date.fromisoformat(day or ""),
        jobs=sum(each.jobs for each in jobs),
        pages=sum(each.pages for each in jobs),
        seconds=round(sum(each.seconds for each in jobs), 3),
        models=models_of(sums),
    )


def _model(name: str, group: list[UsageSum]) -> ModelUsage:
    return ModelUsage(
        model=name,
        calls=sum(each.calls for each in group),
        input_tokens=sum(each.input_tokens for each in group),
        cached_tokens=sum(each.cached_tokens for each in group),
        output_tokens=sum(each.output_tokens for each in group),
        seconds=round(sum(each.seconds for each in group), 3),
        cost=_money(sum(each.cost_millionths for each in group)),
    )


def _money(millionths: int) -> float:
    return float(Decimal(millionths) / MILLION)
