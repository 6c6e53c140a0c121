"""The REST server."""

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.settings_group import MIB, SettingsGroup


class Http(SettingsGroup):
    """The REST server."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    public_url: str | None = None
    """What clients call the service; used in `result_url`. Default: this machine's address of it."""
    max_upload_bytes: PositiveInt = 1024 * MIB
    upload_idle_seconds: PositiveFloat = 30.0
    """An upload that sends nothing for this long is cut."""
    max_waiting_seconds: NonNegativeFloat = 60.0
    """Upper bound of `?wait=`."""
