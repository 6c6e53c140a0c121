"""The route about what was spent."""

import re
from datetime import date
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from api.http.access import Reader, ServicesHere
from api.http.routing import make_router
from pipeline.jobs.usage import report
from schemas.usage import UsageReport

router = make_router("usage")


def _day(text: object) -> object:
    """A number would be taken for seconds since 1970."""
    if isinstance(text, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("a day is YYYY-MM-DD")
    return text


Day = Annotated[date, BeforeValidator(_day)]


@router.get("/usage")
def get_usage(
    services: ServicesHere,
    caller: Reader,
    since: Annotated[Day | None, Query(description="First day, UTC. Default: 30 days up to `until`.")] = None,
    until: Annotated[Day | None, Query(description="Last day, UTC. Default: today.")] = None,
) -> UsageReport:
    """Jobs, pages, seconds, tokens and cost by day and model, and what is used of the quotas.

    The models' figures of all results add up to these.
    """
    return report(services, workspace_id=caller.workspace_id, since=since, until=until, limits=caller.limits)
