"""What all groups of settings share."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MIB = 1024 * 1024

NonNegativeDecimal = Annotated[Decimal, Field(ge=0)]


class SettingsGroup(BaseModel):
    """Settings below one name; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
