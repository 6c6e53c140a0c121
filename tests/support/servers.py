"""Servers for tests: PostgreSQL, Redis, moto's S3. Each has a free port of the loopback and is stopped at the end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from bench.servers import Postgres, Redis, free_port, wait_for_port

__all__ = ["free_port", "missing", "postgres", "redis", "s3", "wait_for_port"]


def missing(what: str) -> None:
    """Skip where somebody tries the tests at home; fail in CI, which installs everything it can."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not installed, and CI must have it")
    pytest.skip(f"{what} is not installed")


@contextmanager
def postgres() -> Iterator[str]:
    """A URL of a fresh cluster's empty database."""
    if not Postgres.installed():
        missing("PostgreSQL")
    with Postgres() as server:
        yield server.url


@contextmanager
def redis(port: int | None = None) -> Iterator[str]:
    """A URL of a fresh Redis that keeps nothing, on a free port where none is given."""
    if not Redis.installed():
        missing("Redis")
    with Redis(port) as server:
        yield server.url


@contextmanager
def s3(bucket: str) -> Iterator[str]:
    """The address of a fresh S3 server with an empty bucket; it takes any credentials."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port, process)
        url = f"http://127.0.0.1:{port}"
        httpx.put(f"{url}/{bucket}", timeout=30).raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait(30)
