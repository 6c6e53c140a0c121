"""What the settings ask for may be in an extra that is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import SettingsError


@contextmanager
def needing(extra: str, key: str) -> Iterator[None]:
    """Say what to install where a package is missing; `key` is the setting that asks for it.

    Raises:
        SettingsError: a package is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise missing(extra, key, error.name) from error


def missing(extra: str, key: str, package: str | None) -> SettingsError:
    """The error that says what to install."""
    message = f"{key}: the package {package} is not installed; install the extra {extra}, as docs/start.md says"
    return SettingsError(message, missing=package)
