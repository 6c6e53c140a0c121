"""The doors for assistants with real processes and their own clients: MCP over stdio and HTTP, and OpenAI's chat."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from schemas import exact_json
from tests.support.servers import free_port, wait_for_port
from tests.support.service import Service, finished, running, upload

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("mcp")) as made:
        with made.client() as client:
            jobs = [
                upload(client, name, (EXAMPLES / name).read_bytes(), collection="work").json()["job"]["id"]
                for name in ("invoice.pdf", "contract.pdf")
            ]
            for job in jobs:
                finished(client, job)
        yield made


def call(server: Any, tool: str, **arguments: Any) -> tuple[bool, Any]:
    """Whether the tool failed, and what it said, read as JSON where it is."""

    async def once() -> tuple[bool, str]:
        async with Client(server) as client:
            result = await client.call_tool(tool, arguments)
            return bool(result.is_error), result.content[0].text  # type: ignore[union-attr]

    failed, text = asyncio.run(asyncio.wait_for(once(), 120))
    return failed, text if failed else exact_json.loads(text.encode())


@pytest.fixture(scope="module")
def stdio(service: Service) -> StdioServerParameters:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    environment = {**keep, "SHEAF_CLI_URL": service.url, "SHEAF_CLI_KEY": service.key}
    return StdioServerParameters(command=sys.executable, args=["-m", "api.cli.main", "mcp"], env=environment, cwd=ROOT)


def test_the_tools_say_what_they_are_for(stdio: StdioServerParameters) -> None:
    async def listed() -> dict[str, Any]:
        async with Client(stdio) as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = asyncio.run(listed())
    assert set(tools) == {"search", "answer", "get_document", "extract"}
    assert all(tool.description and tool.annotations is not None for tool in tools.values())
    assert "context" not in tools["search"].input_schema["properties"]


def test_an_assistant_searches_reads_and_extracts(stdio: StdioServerParameters) -> None:
    failed, hits = call(stdio, "search", query="invoice total due", limit=3, collection="work")
    assert not failed
    invoice = next(hit["document_id"] for hit in hits if hit["document"] == "invoice.pdf")
    assert hits[0]["place"].startswith("page ")
    failed, none = call(stdio, "search", query="invoice total due", filter="uploaded < 2000-01-01")
    assert (failed, none) == (False, [])
    failed, said = call(stdio, "search", query="invoice total due", filter="total > 5")
    assert failed
    assert "fields./POINTER" in said
    failed, shown = call(stdio, "get_document", document_id=invoice, length=200)
    assert not failed
    assert (shown["name"], shown["pages"], len(shown["content"]), shown["next_offset"]) == ("invoice.pdf", 2, 200, 200)
    failed, rest = call(stdio, "get_document", document_id=invoice, offset=200)
    assert (failed, len(rest["content"]), rest["next_offset"]) == (False, shown["characters"] - 200, None)
    failed, values = call(stdio, "extract", document_id=invoice, schema="invoice")
    assert not failed
    assert values["status"] == "succeeded"
    assert isinstance(values["data"]["total"], Decimal)
    assert values["fields"]["/total"]["place"].startswith("page ")


def test_an_assistant_asks_and_asks_on(stdio: StdioServerParameters) -> None:
    failed, first = call(stdio, "answer", question="Which law governs the services agreement?")
    assert not failed
    assert first["answered"]
    assert first["citations"][0]["document"] == "contract.pdf"
    failed, second = call(stdio, "answer", question="And the notice?", conversation_id=first["conversation_id"])
    assert not failed
    assert second["understood_as"].startswith("And the notice? (")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_document", {"document_id": "doc_none"}, "there is no"),
        ("get_document", {"document_id": "../keys"}, "there is no"),
        ("extract", {"document_id": "doc_none", "schema": "invoice"}, "there is no"),
        ("search", {"query": "x", "limit": 1000}, "limit"),
    ],
)
def test_what_cannot_be_done_is_said(
    stdio: StdioServerParameters, tool: str, arguments: dict[str, Any], told: str
) -> None:
    failed, text = call(stdio, tool, **arguments)
    assert failed
    assert told in text


@contextmanager
def over_http(service: Service, folder: Path) -> Iterator[str]:
    port = free_port()
    keep = {name: value for name, value in os.environ.items() if not name.startswith("SHEAF_")}
    command = [sys.executable, "-m", "api.cli.main", "mcp", "--http", "--port", str(port), "--url", service.url]
    with (folder / "mcp.log").open("wb") as log, subprocess.Popen(command, env=keep, stderr=log, stdout=log) as process:
        try:
            wait_for_port(port, process, 120)  # a GET would open a stream that has no end
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.terminate()


def test_over_http_each_caller_brings_a_key(service: Service, tmp_path: Path) -> None:
    async def asked(url: str, headers: dict[str, str]) -> tuple[bool, str]:
        http = httpx.AsyncClient(headers=headers, timeout=120)
        async with http, Client(streamable_http_client(url, http_client=http)) as client:
            result = await client.call_tool("search", {"query": "invoice total"})
            return bool(result.is_error), result.content[0].text  # type: ignore[union-attr]

    with over_http(service, tmp_path) as url:
        failed, text = asyncio.run(asked(url, {"Authorization": f"Bearer {service.key}"}))
        assert not failed
        assert "invoice.pdf" in text
        for headers in ({}, {"Authorization": "Bearer sheaf_000000000000_wrong"}, {"Authorization": "Basic abc"}):
            failed, text = asyncio.run(asked(url, headers))
            assert failed
            assert "invoice.pdf" not in text
        foreign = httpx.post(url, headers={"Host": "evil.example"}, json={}, timeout=60)
        assert foreign.status_code in {400, 403, 421}


def test_openais_own_client_asks_the_corpus_unchanged(service: Service) -> None:
    with openai.OpenAI(base_url=f"{service.url}/v1", api_key=service.key, max_retries=0) as client:
        assert {"sheaf", "sheaf/work"} <= {model.id for model in client.models.list()}
        asked: Any = [{"role": "user", "content": "Which law governs the services agreement?"}]
        answer = client.chat.completions.create(model="sheaf/work", messages=asked)
        message = answer.choices[0].message
        assert message.annotations
        cited = message.annotations[0].url_citation
        assert cited.title == "contract.pdf"
        assert (message.content or "")[cited.start_index : cited.end_index] == "[1]"
        stream = client.chat.completions.create(
            model="sheaf", messages=asked, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == message.content
        assert chunks[-1].usage is not None
        with pytest.raises(openai.NotFoundError):
            client.chat.completions.create(model="gpt-4", messages=asked)
    with (
        openai.OpenAI(base_url=f"{service.url}/v1", api_key="sheaf_000000000000_wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()
