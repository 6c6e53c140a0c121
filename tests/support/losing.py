"""A database that goes away once, at a chosen write transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from pipeline.errors import DatabaseUnavailable, StoreError
from pipeline.stores.records.database import Database


class LosingDatabase(Database):
    """Loses its n-th write transaction from when `left` was set to n: before the commit, or only the answer to it."""

    def __init__(self, url: str, *, committed: bool, error: type[StoreError] = DatabaseUnavailable) -> None:
        super().__init__(url)
        self.left = 0
        self._committed = committed
        self._error = error

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        with super().write(durable=durable) as connection:
            self.left -= 1
            yield connection
            if self.left == 0 and not self._committed:
                raise self._error
        if self.left == 0 and self._committed:
            raise self._error
