"""Delivery of events."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.settings_group import LocalPath, SettingsGroup


class Webhooks(SettingsGroup):
    """Delivery of events."""

    allow: list[str] = []
    """`CIDR` or `CIDR:PORT` of private receivers, e.g. `10.1.0.0/16:443`. Nothing private is reached otherwise."""
    allow_http: bool = False
    """Whether plain http is allowed to public hosts; allow-listed ones may always use it."""
    ports: list[int] = [80, 443, 8080, 8443]
    timeout_seconds: PositiveFloat = 15.0
    max_attempts: PositiveInt = 10
    parallel: PositiveInt = 2
    """Deliveries to one receiver at a time; one that fails gets a single one."""
    give_up_hours: PositiveFloat = 120.0
    """A receiver that has only failed for this long is sent nothing more until it is switched on again."""
    history_days: NonNegativeFloat = 90.0
    """How long deliveries that arrived or were cancelled are remembered, with their attempts; 0: for ever."""
    ca_file: LocalPath | None = None
    """Certificates (PEM) of further authorities that receivers are verified against."""
