"""Lists as the REST API shows them."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Item = TypeVar("Item")


class Listing(BaseModel, Generic[Item]):
    """One page of a list."""

    model_config = ConfigDict(extra="forbid")

    items: list[Item]
    next_cursor: str | None = None
    """Give it back as `?cursor=` for the next page; `None` on the last one."""
