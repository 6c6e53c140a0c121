"""Sending stored files."""

import asyncio
import io

import pytest
from starlette.requests import Request

from api.http.downloads import CHUNK_BYTES, attachment, byte_range, stream_file


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-4", range(5)),
        ("bytes=5-", range(5, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-30", range(10)),
        ("bytes=8-30", range(8, 10)),
        ("bytes= 1 - 2", range(1, 3)),
        ("bytes=0-1,3-4", None),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("pages=1-2", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_a_single_range_is_understood_and_everything_else_means_all(header, wanted):
    assert byte_range(header, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_a_range_behind_the_end_is_empty(header):
    found = byte_range(header, 10)
    assert found is not None
    assert len(found) == 0


def test_a_name_cannot_break_out_of_its_header():
    header = attachment('a"; x="\r\n\u202eé.pdf')["Content-Disposition"]
    assert header.startswith('attachment; filename="a__ x____')
    assert "\r" not in header
    assert header.isascii()
    assert header.endswith("%C3%A9.pdf")


def test_a_name_without_ascii_still_has_a_fallback():
    assert 'filename="__.pdf"' in attachment("书本.pdf")["Content-Disposition"]
    assert 'filename="document"' in attachment("")["Content-Disposition"]


def test_what_is_sent_may_run_nothing():
    assert attachment("a.html")["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("received", [0, 1, 2], ids=["nothing", "some", "all"])
def test_a_file_is_closed_however_much_of_it_the_client_stayed_for(received):
    async def send(message):
        if message.get("more_body"):
            if len(sent) == received:
                leaving.set()
                await asyncio.Future()  # as a server does whose client takes no more
            sent.append(message)

    async def receive():
        await leaving.wait()
        return {"type": "http.disconnect"}

    async def answer():
        response = stream_file(request, file, size=2 * CHUNK_BYTES, name="a", media_type="text/plain")
        await asyncio.wait_for(response(request.scope, receive, send), 30)

    leaving, sent, file = asyncio.Event(), [], io.BytesIO(bytes(2 * CHUNK_BYTES))
    request = Request({"type": "http", "method": "GET", "headers": [], "asgi": {"spec_version": "2.3"}})
    asyncio.run(answer())
    assert (len(sent), file.closed) == (received, True)
