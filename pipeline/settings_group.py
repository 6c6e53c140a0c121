"""What all groups of settings share."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

MIB = 1024 * 1024

NonNegativeDecimal = Annotated[Decimal, Field(ge=0)]


def _sendable(key: SecretStr) -> SecretStr:
    """A key without the line break that files end with. HTTP clients refuse others in words that hold the key."""
    text = key.get_secret_value().strip()
    if not text.isprintable():
        raise ValueError("it holds a control character, which no header can carry")
    return SecretStr(text)


ApiKey = Annotated[SecretStr, AfterValidator(_sendable)]
"""What a server is shown in a header."""


def _nameable(path: Path) -> Path:
    if "\0" in str(path):
        raise ValueError("it holds the character NUL, which no path can")
    return path


LocalPath = Annotated[Path, AfterValidator(_nameable)]
"""A file or folder that the system could have."""

Threads = Annotated[int, Field(ge=1, le=1024)]
"""Of one model: all are started at once, with some memory each, and more than there are processors do not help."""


class SettingsGroup(BaseModel):
    """Settings below one name; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
