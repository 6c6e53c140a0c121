"""Bodies under limits."""

import asyncio
import json
from collections.abc import Iterable

import pytest
from starlette.requests import ClientDisconnect, Request

from api.http.requests import DROPPED_BYTES, MIN_BYTES_PER_IDLE, bounded_stream, may_be_cut, parse_json
from pipeline.errors import InvalidRequest, RequestTooLarge, UploadStalled


def collect(
    messages: Iterable[dict[str, object]], *, max_bytes: int = 10_000, pause: float = 0.0, idle_seconds: float = 60.0
) -> bytes:
    """What comes through of messages that arrive every `pause` seconds."""
    waiting = iter(messages)

    async def receive():
        await asyncio.sleep(pause)
        return next(waiting)

    async def run():
        stream = bounded_stream(receive, max_bytes=max_bytes, idle_seconds=idle_seconds, too_large=RequestTooLarge)
        return b"".join([chunk async for chunk in stream])

    return asyncio.run(run())


def body(*chunks: bytes) -> list[dict[str, object]]:
    last = len(chunks) - 1
    return [{"type": "http.request", "body": c, "more_body": i < last} for i, c in enumerate(chunks)]


def test_a_body_comes_through():
    assert collect(body(b"ab", b"", b"cd")) == b"abcd"


def test_a_body_is_cut_at_the_first_byte_too_many():
    assert collect(body(b"x" * 10), max_bytes=10) == b"x" * 10
    with pytest.raises(RequestTooLarge):
        collect(body(b"x" * 10, b"y"), max_bytes=10)


def test_a_body_that_drips_is_cut_though_it_never_stands_still():
    with pytest.raises(UploadStalled):
        collect(body(*[b"x"] * 100), pause=0.005, idle_seconds=0.05)


def test_a_slow_body_that_brings_enough_comes_through():
    chunks = [b"x" * MIN_BYTES_PER_IDLE] * 6
    found = collect(body(*chunks), max_bytes=1_000_000, pause=0.2, idle_seconds=1.0)
    assert len(found) == 6 * MIN_BYTES_PER_IDLE


def test_a_client_that_leaves_is_noticed():
    with pytest.raises(ClientDisconnect):
        collect([*body(b"a", b"")[:1], {"type": "http.disconnect"}])


@pytest.mark.parametrize("text", [b'{"a": NaN}', b'{"a": "\\ud800"}', b"{", b"[" * 5_000])
def test_what_is_no_json_by_the_letter_is_refused(text):
    with pytest.raises(json.JSONDecodeError):
        parse_json(text)


@pytest.mark.parametrize("text", [b'"a\\u0000"', b'"\\\\\\u0000"', b"[" * 600 + b"]" * 600])
def test_what_could_not_be_stored_is_refused(text):
    with pytest.raises(InvalidRequest):
        parse_json(text)


def test_a_backslash_before_u0000_is_no_nul():
    assert parse_json(rb'"\\u0000"') == r"\u0000"


@pytest.mark.parametrize(
    ("header", "cut"),
    [
        (None, False),
        ((b"content-length", b"0"), False),
        ((b"content-length", str(DROPPED_BYTES).encode()), False),
        ((b"content-length", str(DROPPED_BYTES + 1).encode()), True),
        ((b"content-length", b"many"), True),
        ((b"transfer-encoding", b"chunked"), True),
    ],
)
def test_a_body_larger_than_what_is_dropped_of_it_may_be_cut(header, cut):
    assert may_be_cut(Request({"type": "http", "headers": [header] if header else []})) is cut
