"""The FastAPI app over the services of one process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.http import (
    answers,
    audit,
    batches,
    chat_completions,
    docs,
    documents,
    health,
    jobs,
    keys,
    problems,
    schemas,
    search,
    usage,
    webhooks,
)
from api.http.envelope import Envelope
from api.http.field_docs import add_descriptions
from api.http.health import Monitor
from api.http.traces import Traces
from pipeline.access.rate_limiter import RateLimiter
from pipeline.jobs.changes import JobChanges
from pipeline.services import Services
from pipeline.tracing.spans import NoTracer
from schemas.problems import Problem

VERSION = "1"
ABOUT = "Documents in; schema-valid JSON with evidence, summaries and a private corpus out."

NOUNS = (
    documents,
    jobs,
    batches,
    schemas,
    search,
    answers,
    chat_completions,
    webhooks,
    keys,
    usage,
    audit,
    health,
    docs,
)


class SheafApp(FastAPI):
    """FastAPI, describing errors as problem documents."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            made = get_openapi(title=self.title, version=self.version, description=self.description, routes=self.routes)
            components = made["components"]["schemas"]
            components[Problem.__name__] = Problem.model_json_schema()
            add_descriptions(components)
            self.openapi_schema = made
        return self.openapi_schema


def create_app(services: Services, stalled: Callable[[], list[str]] = list) -> FastAPI:
    """The app; whoever serves it calls `app.state.changes.close()` before it stops, so that nobody waits any more.

    `stalled` names the loops of the process that stand still.
    """
    app = bare_app()
    app.state.services = services
    app.state.stalled = stalled
    app.state.monitor = Monitor(services)
    app.state.limiter = RateLimiter(services.database, services.settings.limits)
    app.state.changes = JobChanges(services.database)
    if not isinstance(services.tracer, NoTracer):
        app.add_middleware(Traces, tracer=services.tracer)
    (services.settings.data_dir / documents.UPLOADS).mkdir(parents=True, exist_ok=True)
    return app


def bare_app() -> SheafApp:
    """The routes without services behind them: enough to describe them."""
    app = SheafApp(
        title="Sheaf",
        version=VERSION,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan,
    )
    app.add_middleware(Envelope)
    problems.install(app)
    for noun in NOUNS:
        app.include_router(noun.router)
    app.state.routes = [route for noun in NOUNS for route in noun.router.routes]
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    watching = asyncio.create_task(app.state.changes.run())
    try:
        yield
    finally:
        app.state.changes.close()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
