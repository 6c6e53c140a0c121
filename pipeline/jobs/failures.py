"""The one place where any failure is classified: category, whether to try again, and a message that is safe to show."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.exc import DBAPIError, OperationalError

from pipeline.errors import (
    AccessError,
    ConflictError,
    DatabaseUnavailable,
    DeliveryError,
    InputError,
    ModelError,
    ParserError,
    SettingsError,
    SheafError,
    StoreError,
    WorkStopped,
)
from schemas.problems import URN, Problem

Category = Literal[
    "input", "access", "conflict", "parser", "model", "store", "delivery", "stopped", "settings", "internal"
]

CATEGORIES: dict[type[SheafError], Category] = {
    InputError: "input",
    AccessError: "access",
    ConflictError: "conflict",
    ParserError: "parser",
    ModelError: "model",
    StoreError: "store",
    DeliveryError: "delivery",
    WorkStopped: "stopped",
    SettingsError: "settings",
}


_MEMBERS = frozenset({"type", "title", "status", "detail", "instance"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What is said and done about an exception."""

    name: str
    category: Category
    retryable: bool
    title: str
    detail: str | None
    facts: dict[str, Any]

    @property
    def waits(self) -> bool:
        """Whether nobody worked on the document, so that waiting for who is away is no attempt at it."""
        return self.category == "store" or (self.category == "model" and self.facts.get("reached") is False)

    def problem(self, **members: Any) -> Problem:  # noqa: ANN401 - any JSON value
        """The failure as problem details."""
        # A fact cannot pass for a member that RFC 9457 gives a meaning.
        facts = {name: value for name, value in self.facts.items() if name not in _MEMBERS}
        return Problem(type=URN + self.name, title=self.title, detail=self.detail, **{**facts, **members})

    def as_json(self) -> dict[str, Any]:
        """The problem as it is stored."""
        return self.problem().model_dump(mode="json", exclude_none=True)


def classify(error: BaseException) -> Failure:
    """Say what a failure is; what is not ours is `internal-error`, tried again, and tells nothing of its insides."""
    if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        error = DatabaseUnavailable()
    if not isinstance(error, SheafError):
        return Failure(
            name=SheafError.name,
            category="internal",
            retryable=True,
            title="Something went wrong inside Sheaf.",
            detail=f"{type(error).__name__}; the service's log has the rest.",
            facts={},
        )
    bases = (base for base in type(error).__mro__ if issubclass(base, SheafError))
    category: Category = next((CATEGORIES[base] for base in bases if base in CATEGORIES), "internal")
    return Failure(
        name=error.name,
        category=category,
        retryable=error.retryable,
        title=error.title,
        detail=error.message if error.message != error.title else None,
        facts=error.facts,
    )
