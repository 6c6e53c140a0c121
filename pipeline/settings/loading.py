"""Reads the settings and says what is wrong with them, by the names of their keys."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings.exceptions import SettingsError as SourceError

from pipeline.errors import SettingsError
from pipeline.settings.settings import Settings, config_path

_PLAIN = (Path, SecretStr | None, Literal["DEBUG", "INFO", "WARNING", "ERROR"], Literal["text", "json"])
"""Kinds of settings that nothing can stand below."""


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 - checked by the model
    """Read the settings; keyword arguments win over both sources.

    Raises:
        SettingsError: a key is unknown or a value does not fit; the message names the key.
    """
    unknown = _unknown_variables()
    if unknown:
        raise SettingsError(f"unknown settings in the environment: {', '.join(unknown)}", keys=unknown)
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = [(".".join(str(part) for part in fault["loc"]), _said(fault)) for fault in error.errors()]
        raise SettingsError("; ".join(f"{key}: {text}" for key, text in faults), keys=[k for k, _ in faults]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config_path()} is no TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{config_path()} is no TOML: it is not UTF-8") from error
    except RecursionError as error:
        raise SettingsError(f"{config_path()} is nested too deeply") from error
    except SourceError as error:
        raise SettingsError(_unparsed(error)) from error
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _unknown_variables() -> list[str]:
    """Variables with our prefix that name no setting: pydantic-settings ignores them silently."""
    plain = {name for name, field in Settings.model_fields.items() if field.annotation in _PLAIN}
    unknown = []
    for name in os.environ:
        upper = name.upper()
        if not upper.startswith("SHEAF_") or upper.startswith(("SHEAF_TEST_", "SHEAF_CLI_")) or upper == "SHEAF_CONFIG":
            continue
        first, *below = upper.removeprefix("SHEAF_").lower().split("__")
        if first not in Settings.model_fields or (below and first in plain):
            unknown.append(name)
    return sorted(unknown)


def _said(fault: ErrorDetails) -> str:
    """What is wrong with one value, without the value, which may be a secret."""
    if fault["type"] == "extra_forbidden":
        return "there is no such setting"
    if fault["type"] == "model_attributes_type" and isinstance(fault["input"], str):
        return f"is no table written as JSON{_fault_of_json(fault['input'])}"
    return fault["msg"]


def _unparsed(error: SourceError) -> str:
    """Names the setting whose variable holds no JSON: pydantic-settings names only the group that it is in."""
    text = getattr(error.__cause__, "doc", None)
    names = sorted(name for name, value in os.environ.items() if value == text and name.upper().startswith("SHEAF_"))
    keys = " or ".join(name.upper().removeprefix("SHEAF_").lower().replace("__", ".") for name in names)
    return f"{keys}: is no JSON{_fault_of_json(text)}" if text and keys else str(error)


def _fault_of_json(text: str) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        return f": {error}"
    return ""
