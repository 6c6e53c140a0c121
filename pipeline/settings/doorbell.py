"""How workers are told that there is work."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from pipeline.model_settings import check_place
from pipeline.settings_group import SettingsGroup


class MemoryDoorbell(SettingsGroup):
    """Celery's in-memory transport: all workers in this process."""

    kind: Literal["memory"] = "memory"


def _of_redis(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    parts = urlsplit(text)
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ValueError("it is no address like redis://host:6379/0 or rediss://host:6379/0")
    check_place(text)
    if not re.fullmatch(r"/?|/[0-9]+", parts.path):
        raise ValueError("behind the host it names a database by its number, as in redis://host:6379/0")
    return url


class RedisDoorbell(SettingsGroup):
    """Celery on Redis."""

    kind: Literal["redis"] = "redis"
    url: Annotated[SecretStr, AfterValidator(_of_redis)] = SecretStr("redis://127.0.0.1:6379/0")
