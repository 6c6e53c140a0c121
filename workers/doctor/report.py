"""Looks at what this installation is made of: which engines, models and servers are configured, there, and in use."""

import sys

from pipeline.errors import SettingsError, SheafError
from pipeline.reading.child.sandbox import Sandbox
from pipeline.settings import MemoryDoorbell, NoTracing, Settings
from workers.doctor.checks import Check, is_installed, part_check, server_check
from workers.doctor.models import models
from workers.doctor.packages import ENGINES, EXTRAS
from workers.doctor.stores import stores

OLDEST, NEWEST = (3, 11), (3, 13)


def report(settings: Settings) -> list[Check]:
    """Every check, in the order a person wants to read them. Starts a parser child; asks configured servers only."""
    return [*parts(settings), *walls(settings)]


def parts(settings: Settings) -> list[Check]:
    """Python, stores, engines, models and what could be installed besides."""
    return [
        _python(),
        *stores(settings),
        _doorbell(settings),
        _tracing(settings),
        *(part_check(part, "missing") for part in ENGINES),
        *models(settings),
        *(part_check(part, "off") for part in EXTRAS),
    ]


def _python() -> Check:
    version = sys.version_info[:2]
    fits = OLDEST <= version <= NEWEST
    return Check(
        name="Python",
        state="ok" if fits else "missing",
        detail=sys.version.split()[0],
        cost="" if fits else "only 3.11 to 3.13 are tested",
    )


def _doorbell(settings: Settings) -> Check:
    if isinstance(settings.doorbell, MemoryDoorbell):
        return Check(name="doorbell", state="ok", detail="in memory: workers are threads of the service")
    url = settings.doorbell.url.get_secret_value()
    return server_check("doorbell", url, 6379, "work is found by the sweeper only, a little later")


def _tracing(settings: Settings) -> Check:
    """Whether somebody listens where spans are sent."""
    name = "traces"
    if isinstance(settings.tracing, NoTracing):
        return Check(
            name=name, state="off", detail="none are made", cost="where a job's time goes is told by logs only"
        )
    if not is_installed("opentelemetry.sdk"):
        detail = "opentelemetry-sdk is not installed; install the extra otel"
        return Check(name=name, state="missing", detail=detail, cost="the service does not start")
    from pipeline.tracing import otel

    try:
        otel.exporting_tracer().close()
    except SettingsError as error:
        return Check(name=name, state="missing", detail=error.message, cost="the service does not start")
    endpoint = otel.destination()
    if endpoint is None:
        return Check(name=name, state="ok", detail="not sent by OTLP (OTEL_TRACES_EXPORTER)")
    return server_check(
        name, endpoint, 443 if endpoint.startswith("https:") else 80, "traces are lost; nothing waits for them"
    )


def walls(settings: Settings) -> list[Check]:
    """What stands around a parser child, tried from inside one."""
    sandbox = Sandbox(settings.sandbox)
    try:
        found = sandbox.confinement()
    except SheafError as error:
        return [Check(name="parser child", state="missing", detail=error.message, cost="no document can be read")]
    finally:
        sandbox.close()
    return [_wall(name, stands=stands) for name, stands in found.items()]


def _wall(name: str, *, stands: bool) -> Check:
    detail = "it stands" if stands else "this kernel, or a container around us, does not offer it"
    cost = "" if stands else "a hostile file that takes over its parser meets one wall less"
    return Check(name=f"parser child: {name}", state="ok" if stands else "off", detail=detail, cost=cost)
