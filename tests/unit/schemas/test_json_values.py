"""What request bodies take, value by value."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from schemas.answers import AnswerRequest, SearchRequest
from schemas.batches import BatchRequest
from schemas.chat_completions import ChatCompletionRequest
from schemas.jobs import JobRequest
from schemas.keys import KeyRequest, RotationRequest
from schemas.webhooks import EndpointChange, ReplayRequest, SecretRotation

NO_MOMENTS = (0, 1.5, True, "0", "1700000000", "2026-03-12", "2026-03-12T09:30:00", "2026-03-12T09:30Z", "",
              "2026-W11-4T09:30:00Z", "2026-02-30T00:00:00Z",
              "٢026-03-12T09:30:00Z", "2026-03-12T09:30:00Z\n")  # fmt: skip
MESSAGES = [{"role": "user", "content": "?"}]
REQUIRED: dict[type[BaseModel], dict[str, Any]] = {
    SearchRequest: {"query": "a"},
    AnswerRequest: {"question": "a"},
    ChatCompletionRequest: {"model": "sheaf", "messages": MESSAGES},
    KeyRequest: {"name": "a", "scopes": ["read"]},
    JobRequest: {"document_id": "doc_1"},
    BatchRequest: {"source": "inbox"},
}


def fields(*models: type[BaseModel], name: str, values: tuple[Any, ...]) -> list[Any]:
    return [
        pytest.param(model, name, value, id=f"{model.__name__}.{name}={value!r}")
        for model in models
        for value in values
    ]


@pytest.mark.parametrize(
    ("model", "name", "value"),
    [
        *fields(RotationRequest, SecretRotation, name="overlap_seconds", values=(False, True, "0", "60", None)),
        *fields(KeyRequest, name="expires_in", values=(True, "60")),
        *fields(ReplayRequest, name="since", values=NO_MOMENTS),
        *fields(ReplayRequest, name="until", values=NO_MOMENTS),
        *fields(EndpointChange, name="enabled", values=(0, 1, "true", "yes", None)),
        *fields(SearchRequest, name="limit", values=(True, "10", 1.5)),
        *fields(AnswerRequest, ChatCompletionRequest, name="stream", values=(0, 1, "true", "on")),
        *fields(ChatCompletionRequest, name="n", values=(True, "1", 2, 0)),
        *fields(JobRequest, BatchRequest, name="schema_", values=("invoice",)),
    ],
)
def test_a_value_that_the_description_does_not_have_is_refused(
    model: type[BaseModel], name: str, value: object
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(REQUIRED.get(model, {}) | {name: value})


@pytest.mark.parametrize(
    ("model", "name", "value", "taken"),
    [
        (RotationRequest, "overlap_seconds", 0, 0),
        (RotationRequest, "overlap_seconds", 0.5, 0.5),
        (SearchRequest, "limit", 5.0, 5),
        (ChatCompletionRequest, "n", 1, 1),
        (AnswerRequest, "stream", True, True),
        (ReplayRequest, "since", "2026-03-12T09:30:00Z", datetime(2026, 3, 12, 9, 30, tzinfo=UTC)),
        (ReplayRequest, "until", "2026-03-12t11:30:00.5+02:00", datetime(2026, 3, 12, 9, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_what_the_description_has_is_taken(model: type[BaseModel], name: str, value: object, taken: object) -> None:
    assert getattr(model.model_validate(REQUIRED.get(model, {}) | {name: value}), name) == taken


def test_bounds_of_whole_numbers_are_described() -> None:
    assert SearchRequest.model_json_schema()["properties"]["limit"] | {"title": ""} == {
        "default": 10, "maximum": 100, "minimum": 1, "title": "", "type": "integer"}  # fmt: skip
