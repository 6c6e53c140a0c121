"""What fails at the start is told with the setting that it was made from."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import StoreError


@contextmanager
def naming(setting: str, failure: type[StoreError]) -> Iterator[None]:
    """Say which setting, with its value, led to a store that fails.

    Raises:
        StoreError: of the same class; the message begins with the setting.
    """
    try:
        yield
    except failure as error:
        raise type(error)(f"{setting}: {error.message}") from error
