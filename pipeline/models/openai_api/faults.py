"""What a model server's failure means: which error it is, and whether another server may do better."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import httpx2
import openai

from pipeline.delivery.sender import parse_retry_after
from pipeline.errors import ContextExceeded, ModelError, ModelRejected, ModelTimeout, ModelUnavailable

SAID_LENGTH = 300
"""How much of what a server says is told: some repeat the whole request."""
LONGEST_PAUSE = 120.0
ALL = 1_000
"""More servers than any pool has."""

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|maximum context length|exceeds? the (available )?context|"
    r"longer than the (model's )?context|max_seq_len|max_num_tokens|prompt is too long|"
    r"`inputs` tokens \+ `max_new_tokens` must be",
    re.IGNORECASE,
)
"""How vLLM, SGLang, llama.cpp, Ollama, TensorRT-LLM and hosted servers say it; there is no status of its own for it."""

_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""What JSON can spell, and no database or log line can hold."""

REJECTED = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 501})
"""The same request would be refused again."""
BUSY = frozenset({429, 502, 503, 504})
"""Nobody worked on the request; one that breaks a server is answered with 500, or not at all."""


class Fault(Exception):
    """A server failed: `error` is what the caller gets to see, unless another server answers.

    `others` says how many other servers are worth trying, `down` whether this one is to be left out until it answers
    again, and `pause` for how many seconds it asked to be left alone.
    """

    def __init__(self, error: ModelError, *, others: int = 0, down: bool = False, pause: float = 0.0) -> None:
        super().__init__(error.message)
        self.error = error
        self.others = others
        self.down = down
        self.pause = pause


@contextmanager
def translated(server: str, key: str | None = None) -> Iterator[None]:
    """Every error of the client library becomes a `Fault`; `server` names the server, and `key` is never told."""
    try:
        yield
    except openai.APIStatusError as error:
        body = _without(key, error.response.text)
        # Not chained, since some servers repeat the key, and a traceback would show it.
        raise status_fault(server, error.status_code, error.response.headers, body) from None
    except openai.APITimeoutError as error:
        raise _unavailable(f"{server} did not accept a connection in time", reached=False) from error
    except openai.APIConnectionError as error:
        reached = not isinstance(error.__cause__, httpx2.ConnectError)
        raise _unavailable(f"{server}: {_reason(error)}", reached=reached) from error
    except openai.APIError as error:
        raise _spoken(server, error, key) from None
    except (openai.OpenAIError, ValueError, RecursionError) as error:  # the last of JSON nested without end
        raise _unavailable(f"{server} sent an answer that cannot be read") from error
    except ModelUnavailable as error:
        raise _unavailable(f"{server}: {error.message}") from error
    except ModelTimeout as error:
        raise Fault(ModelTimeout(f"{server}: {error.message}", **error.facts)) from error


def _unavailable(message: str, *, reached: bool = True) -> Fault:
    """A server that is not there, or that broke down over an answer: `reached` tells the two apart for who retries."""
    return Fault(ModelUnavailable(message, reached=reached), others=ALL, down=True)


def _reason(error: BaseException) -> str:
    """The innermost thing that is said about a broken connection."""
    reason = str(error)
    cause: BaseException | None = error.__cause__
    while cause is not None:
        reason = str(cause) or reason
        cause = cause.__cause__ or cause.__context__
    return reason


def _spoken(server: str, error: openai.APIError, key: str | None) -> Fault:
    """An error that came as an event in the middle of an answer."""
    status = int(error.code) if error.code and error.code.isdigit() else HTTPStatus.INTERNAL_SERVER_ERROR
    return status_fault(server, status, {}, _without(key, json.dumps({"error": error.body or error.message})))


def _without(key: str | None, text: str) -> str:
    return text.replace(key, "[key]") if key else text


def status_fault(server: str, status: int, headers: Mapping[str, str], body: str) -> Fault:
    """What an answer with an error status means."""
    message = f"{server} answered {status}: {said(body)}"
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return Fault(ModelTimeout(message))
    if status < 400 or status in REJECTED:
        return Fault(_rejection(server, status, message, body))
    pause = min(parse_retry_after(headers.get("retry-after"), time.time()) or 0.0, LONGEST_PAUSE)
    facts = {"retry_after": pause} if pause else {}
    error = ModelUnavailable(message, status=status, reached=status not in BUSY, **facts)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Fault(error, others=ALL, pause=max(pause, 1.0))
    # A 500 may be the request's fault (an image that breaks the engine): it is not taken round the whole pool.
    others = 1 if status == HTTPStatus.INTERNAL_SERVER_ERROR else ALL
    return Fault(error, others=others, down=True, pause=pause)


def _rejection(server: str, status: int, message: str, body: str) -> ModelRejected:
    if status < 400:
        return ModelRejected(f"{server} redirects, which is not followed; the settings must name it directly")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ModelRejected(f"{message}; its key is the setting `api_key` beside its address", status=status)
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 422} and _CONTEXT.search(body):
        return ContextExceeded(message, status=status)
    return ModelRejected(message, status=status)


def said(body: str) -> str:
    """What the server says, short enough to be told."""
    text = body.strip()
    if text.startswith("<"):
        return "a page of HTML"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    for member in ("error", "message", "detail"):
        found = found.get(member, found) if isinstance(found, dict) else found
    text = found if isinstance(found, str) else json.dumps(found)
    text = " ".join(_UNSTORABLE.sub(" ", text).split())
    return text if len(text) <= SAID_LENGTH else text[:SAID_LENGTH] + " …"
