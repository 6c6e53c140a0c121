"""What all groups of settings share."""

from decimal import Decimal
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


class SettingsGroup(BaseModel):
    """Settings below one name; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
