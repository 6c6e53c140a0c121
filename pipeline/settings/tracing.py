"""Where spans go."""

from typing import Literal

from pipeline.settings_group import SettingsGroup


class NoTracing(SettingsGroup):
    """Nothing is traced."""

    kind: Literal["none"] = "none"


class OtelTracing(SettingsGroup):
    """OpenTelemetry, set up by its own variables (`OTEL_…`); needs the extra `otel`."""

    kind: Literal["otel"] = "otel"
