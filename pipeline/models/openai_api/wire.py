"""A `ChatRequest` as the body of a request to `/v1/chat/completions`."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.models.chat import AudioPart, ChatRequest, ImagePart, Message, Part
from pipeline.models.openai_api.dialects import Dialect

SCHEMA_NAME = "answer"


def chat_body(request: ChatRequest, model: str, dialect: Dialect, max_tokens: int) -> dict[str, Any]:
    """What is posted; a streamed answer is asked for, with its usage."""
    body: dict[str, Any] = {
        "model": model,
        "messages": messages_body(request.messages, dialect),
        dialect.output_field: max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.json_schema is not None:
        schema = {"name": SCHEMA_NAME, "schema": request.json_schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.scores and dialect.scores:
        body["logprobs"] = True
    return body


def messages_body(messages: Sequence[Message], dialect: Dialect) -> list[dict[str, Any]]:
    """The messages; neighbouring texts become one, since templates are known that read the first text only."""
    return [{"role": message.role, "content": _content(message, dialect)} for message in messages]


def _content(message: Message, dialect: Dialect) -> str | list[dict[str, Any]]:
    parts = list(_joined(message.parts))
    if all(isinstance(part, str) for part in parts):
        return "".join(str(part) for part in parts)
    return [_part(part, dialect) for part in parts]


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            yield "\n".join(texts)
        texts = []
        yield part
    if texts:
        yield "\n".join(texts)


def _part(part: Part, dialect: Dialect) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    data = b64encode(part.data).decode()
    if isinstance(part, ImagePart):
        return {"type": "image_url", "image_url": {"url": f"data:{part.media_type};base64,{data}"}}
    assert isinstance(part, AudioPart)
    if dialect.audio == "audio_url":
        return {"type": "audio_url", "audio_url": {"url": f"data:audio/{part.format};base64,{data}"}}
    return {"type": "input_audio", "input_audio": {"data": data, "format": part.format}}
