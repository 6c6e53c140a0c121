"""The route about what was spent."""

from datetime import date
from typing import Annotated

from fastapi import Query

from api.http.access import Reader, ServicesHere
from api.http.routing import make_router
from pipeline.jobs.usage import report
from schemas.usage import UsageReport

router = make_router("usage")


@router.get("/usage")
def get_usage(
    services: ServicesHere,
    caller: Reader,
    since: Annotated[date | None, Query(description="First day, UTC. Default: 30 days up to `until`.")] = None,
    until: Annotated[date | None, Query(description="Last day, UTC. Default: today.")] = None,
) -> UsageReport:
    """Jobs, pages, seconds, tokens and cost by day and model. The models' figures of all results add up to these."""
    return report(services, workspace_id=caller.workspace_id, since=since, until=until)
