"""What the doctor finds, on real settings, packages, sockets and a real parser child."""

import socket
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.model_settings import (
    ChatTranscriber,
    CrossEncoderReranker,
    ModelServer,
    NoTranscriber,
    OpenAIChatModel,
    OpenAITranscriber,
    PocketSphinxTranscriber,
    ScriptedChatModel,
    ServerReranker,
    TransformersChatModel,
    WhisperTranscriber,
)
from pipeline.settings import FolderBlobs, OtelTracing, QdrantVectors, RedisDoorbell, S3Blobs, Settings
from pipeline.stores.records import generations
from pipeline.stores.records.database import Database
from tests.support.cross_encoders import write_cross_encoder
from tests.support.embedding_servers import embedder_settings, embedding_server, write_tokenizer
from tests.support.model_servers import MODEL, model_server
from tests.support.rows import add_document, add_workspace
from tests.support.servers import free_port, s3
from tests.support.traces import collector
from workers.doctor import checks, models, packages
from workers.doctor.checks import Check
from workers.doctor.report import parts, report

ABSENT = {"extra whisper", "extra transformers"}
"""Too large for the environment of these tests."""


def check(name, checks) -> Check:
    return next(found for found in checks if found.name == name)


def examine(tmp_path, **changes):
    return parts(Settings(data_dir=tmp_path / "data", **changes))


@pytest.fixture(scope="module")
def defaults(tmp_path_factory):
    return report(Settings(data_dir=tmp_path_factory.mktemp("doctor") / "data"))


def test_an_installation_by_the_readme_misses_nothing(defaults):
    assert [found for found in defaults if found.state == "missing"] == []


def test_everything_that_is_not_there_says_what_it_costs_and_nothing_else_does(defaults):
    for found in defaults:
        assert found.detail
        assert bool(found.cost) == (found.state != "ok"), found


def test_an_engine_that_is_there_is_named_with_its_version(defaults):
    found = check("PDF", defaults)
    assert found.state == "ok"
    assert found.detail.startswith("pymupdf ")


def test_the_walls_around_a_parser_are_tried_from_inside(defaults):
    walls = [found for found in defaults if found.name.startswith("parser child: ")]
    assert len(walls) >= 5
    assert check("parser child: memory limit", walls).state == "ok"


def test_looking_changes_nothing(tmp_path):
    examine(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_is_switched_off_is_off(tmp_path):
    assert check("transcription", examine(tmp_path, transcriber=NoTranscriber())).state == "off"


def test_a_disk_without_room_costs_the_uploads(tmp_path):
    found = check("disk", examine(tmp_path, blobs=FolderBlobs(reserve_bytes=2**62)))
    assert (found.state, found.cost) == ("missing", "uploads are refused")


@pytest.fixture
def closed_port():
    return free_port()


def test_configured_servers_that_do_not_answer_are_missing(tmp_path, closed_port):
    checks = examine(
        tmp_path,
        database_url=f"postgresql+psycopg://sheaf:secret@127.0.0.1:{closed_port}/sheaf",
        vectors=QdrantVectors(url=f"http://127.0.0.1:{closed_port}"),
        doorbell=RedisDoorbell(url=f"redis://:secret@127.0.0.1:{closed_port}/0"),
        chat=ScriptedChatModel(path=tmp_path / "script.json"),
    )
    for name in ("database", "vectors", "doorbell", "chat model"):
        assert check(name, checks).state == "missing"
    assert not any("secret" in found.detail for found in checks)


def test_configured_servers_that_listen_are_ok(tmp_path):
    (tmp_path / "script.json").write_text("[]")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        checks = examine(
            tmp_path,
            vectors=QdrantVectors(url=f"http://127.0.0.1:{port}"),
            doorbell=RedisDoorbell(url=f"redis://127.0.0.1:{port}/0"),
            chat=ScriptedChatModel(path=tmp_path / "script.json"),
        )
    assert [check(name, checks).state for name in ("vectors", "doorbell", "chat model")] == ["ok"] * 3


@pytest.fixture(scope="module")
def bucket_url():
    with s3("doctor") as url:
        yield url


def bucket(url, name="doctor") -> S3Blobs:
    return S3Blobs(bucket=name, endpoint=url, access_key_id="key", secret_access_key="secret", allow_http=True)


def test_a_bucket_is_asked_whether_it_answers(tmp_path, bucket_url):
    found = check("bucket", examine(tmp_path, blobs=bucket(bucket_url)))
    assert (found.state, found.detail) == ("ok", f"doctor at {bucket_url} answers")
    assert not (tmp_path / "data").exists()


def test_a_bucket_that_is_not_there_and_a_store_that_is_away_are_missing(tmp_path, bucket_url, closed_port):
    for url, name in ((bucket_url, "none"), (f"http://127.0.0.1:{closed_port}", "doctor")):
        found = check("bucket", examine(tmp_path, blobs=bucket(url, name)))
        assert (found.state, "secret" in found.detail) == ("missing", False)
        assert "uploads are refused" in found.cost


def test_traces_are_off_or_their_collector_listens_or_is_missing(tmp_path, monkeypatch, closed_port):
    assert check("traces", examine(tmp_path)).state == "off"
    with collector() as taken:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", taken.url)
        found = check("traces", examine(tmp_path, tracing=OtelTracing()))
        assert (found.state, found.detail) == ("ok", f"http at 127.0.0.1:{taken.port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://user:secret@127.0.0.1:{closed_port}")
    found = check("traces", examine(tmp_path, tracing=OtelTracing()))
    assert (found.state, "secret" in found.detail) == ("missing", False)
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "console")
    assert check("traces", examine(tmp_path, tracing=OtelTracing())).state == "ok"
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "zipkin")
    found = check("traces", examine(tmp_path, tracing=OtelTracing()))
    assert (found.state, found.cost) == ("missing", "the service does not start")


def test_traces_without_their_packages_say_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "opentelemetry.sdk", raising=False)
    found = check("traces", examine(tmp_path, tracing=OtelTracing()))
    assert (found.state, found.detail) == ("missing", "opentelemetry-sdk is not installed; install the extra otel")
    assert check("extra otel", examine(tmp_path)).state == "off"


def test_every_engine_is_told_by_the_package_that_holds_it():
    """A name that is mistyped in the table would be reported as missing for ever."""
    here = [part for part in packages.EXTRAS if part.name not in ABSENT]
    for part in (*packages.ENGINES, *here):
        assert part.module not in sys.stdlib_module_names
        assert checks.part_check(part, "missing").state == "ok", part
    for part in packages.EXTRAS:
        if part.name in ABSENT:
            assert part.module == part.distribution.replace("-", "_")


def test_every_extra_is_listed_by_a_package_that_it_brings():
    extras = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    listed = {part.name.removeprefix("extra "): part.distribution for part in packages.EXTRAS}
    assert listed.keys() == extras.keys() - {"dev", "vllm"}, "vllm has an environment of its own"
    for name, package in listed.items():
        assert any(package in requirement for requirement in extras[name]), name


def test_a_local_model_without_its_packages_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: None if name == "torchvision" else object())
    found = check("chat model", examine(tmp_path, chat=TransformersChatModel(path=tmp_path)))
    assert (found.state, found.detail) == ("missing", "torchvision not installed; install the extra transformers")


def test_a_folder_without_a_checkpoint_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "find_spec", lambda name: object())
    found = check("chat model", examine(tmp_path, chat=TransformersChatModel(path=tmp_path)))
    assert found.state == "missing"
    assert f"{tmp_path} holds no checkpoint" in found.detail


def test_model_servers_are_asked_what_they_are(tmp_path, closed_port):
    with model_server(make="sglang", key="right") as well, model_server(key="other") as shut:
        urls = [well.url, shut.url, f"http://127.0.0.1:{closed_port}/v1"]
        servers = [ModelServer(url=url, api_key="right") for url in urls]
        checks = examine(tmp_path, chat=OpenAIChatModel(model=MODEL, servers=servers))
    found = {c.name.rpartition(":")[2]: c for c in checks if c.name.startswith("chat model: ")}
    ports = [url.rpartition(":")[2].removesuffix("/v1") for url in urls]
    assert [found[port].state for port in ports] == ["ok", "missing", "missing"]
    assert found[ports[0]].detail == (
        f"{MODEL} on SGLang 0.5.12, 131072 tokens, does not count tokens, holds answers to schemas"
    )
    assert "`api_key`" in found[ports[1]].detail
    assert "right" not in found[ports[1]].detail
    assert found[ports[1]].cost


def test_a_model_that_the_server_does_not_serve_is_missing(tmp_path):
    with model_server() as server:
        checks = examine(tmp_path, chat=OpenAIChatModel(model="gpt", servers=[ModelServer(url=server.url)]))
    (found,) = (c for c in checks if c.name.startswith("chat model"))
    assert found.state == "missing"
    assert MODEL in found.detail


def test_transcribers_on_servers_and_in_folders_are_looked_at(tmp_path, closed_port):
    away = f"http://127.0.0.1:{closed_port}/v1"
    with model_server(make="generic") as server:
        asked = {
            "openai": OpenAITranscriber(url=server.url, model=MODEL),
            "away": OpenAITranscriber(url=away, model=MODEL),
            "chat": ChatTranscriber(chat=OpenAIChatModel(model=MODEL, servers=[ModelServer(url=server.url)])),
            "folder": WhisperTranscriber(path=tmp_path / "none"),
        }
        found = {
            name: next(c for c in examine(tmp_path, transcriber=chosen) if c.name.startswith("transcription"))
            for name, chosen in asked.items()
        }
    assert {name: check.state for name, check in found.items()} == {
        "openai": "ok",
        "away": "missing",
        "chat": "ok",
        "folder": "missing",
    }
    assert "model.bin" in found["folder"].detail


def test_whisper_without_its_package_costs_the_start(tmp_path, monkeypatch):
    (tmp_path / "model.bin").write_bytes(b"")
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    found = check("transcription", examine(tmp_path, transcriber=WhisperTranscriber(path=tmp_path)))
    assert (found.state, found.cost) == ("missing", "the service does not start")


def test_the_small_model_of_a_cascade_is_looked_at_too(tmp_path):
    script = tmp_path / "script.json"
    script.write_text('{"steps": []}')
    there = examine(tmp_path, chat_small={"kind": "scripted", "path": script})
    assert check("small chat model", there).state == "ok"
    away = examine(tmp_path, chat_small={"kind": "scripted", "path": tmp_path / "nothing.json"})
    assert check("small chat model", away).state == "missing"
    assert not any(each.name == "small chat model" for each in examine(tmp_path))


def test_an_embedding_server_is_sent_the_longest_passage_there_can_be(tmp_path):
    with embedding_server() as made:
        chosen = embedder_settings(made.url, tokenizer=write_tokenizer(tmp_path / "tokenizer.json"))
        found = check("embedding", examine(tmp_path, embedder=chosen))
        assert (found.state, found.detail) == ("ok", f"tiny on {chosen.url}: 64 numbers, 256 tokens")
        found = check("embedding", examine(tmp_path, embedder=chosen.model_copy(update={"max_tokens": 300})))
        assert (found.state, found.cost) == ("missing", "no search and no answers; indexing waits")
        assert "maximum context length is 256" in found.detail
        found = check("embedding", examine(tmp_path, embedder=chosen.model_copy(update={"dimensions": 32})))
        assert "vectors of 64 numbers" in found.detail
    missing = chosen.model_copy(update={"tokenizer": tmp_path / "none.json"})
    assert check("embedding", examine(tmp_path, embedder=missing)).cost == "the service does not start"


def test_an_index_that_is_being_filled_is_told_with_how_far_it_is(tmp_path):
    assert not any(each.name == "index" for each in examine(tmp_path))
    form = {"embedder": "m", "dimensions": 4, "chunking": 1, "terms": 2, "payload": 3}
    with closing(Database(f"sqlite:///{tmp_path / 'data' / 'sheaf.db'}")) as database:
        assert not any(each.name == "index" for each in examine(tmp_path)), "not a database of this version"
        database.migrate()
        with database.write() as connection:
            generations.add_generation(connection, 1, form, place="one", status="active")
        assert check("index", examine(tmp_path)).detail == "generation 1, by m"
        with database.write() as connection:
            add_workspace(connection)
            add_document(connection)
            generations.note_indexed(connection, "doc_1", "ws_1", 1, revision=1)
            generations.add_generation(connection, 2, {**form, "embedder": "n"}, place="two", status="building")
        found = check("index", examine(tmp_path))
        assert (found.state, found.detail) == ("off", "0 of 1 documents are embedded anew by n")
        with database.write() as connection:
            generations.note_failed(connection, "doc_1", "ws_1", 2, revision=1, problem="x", retry_seconds=0.0)
        found = check("index", examine(tmp_path))
        assert (found.state, found.detail.partition("; ")[2]) == ("missing", "1 failed, which `sheaf index list` names")
        with database.write() as connection:
            generations.set_generation(connection, 1, "kept")
            generations.set_generation(connection, 2, "active")
        found = check("index", examine(tmp_path))
        assert (found.state, found.detail) == (
            "missing",
            "generation 2, by n; 1 documents left out, which `sheaf index list` names",
        )


def test_a_reranker_is_tried_with_a_passage(tmp_path):
    assert check("reranking", examine(tmp_path)).state == "off"
    path = write_cross_encoder(tmp_path / "shared-words")
    found = check("reranking", examine(tmp_path, reranker=CrossEncoderReranker(path=path)))
    assert (found.state, found.detail) == ("ok", "shared-words on ONNX Runtime")
    away = ServerReranker(url=f"http://127.0.0.1:{free_port()}/v1", model="m")
    found = check("reranking", examine(tmp_path, reranker=away))
    assert (found.state, found.cost) == ("missing", "hits keep the order of the fused search")


def test_a_role_of_postgresql_that_nothing_holds_is_told(tmp_path, migrated_postgres_url, tenant_url):
    found = check("row security", examine(tmp_path, database_url=migrated_postgres_url))
    assert (found.state, found.detail) == ("off", "the role sheaf is a superuser")
    found = check("row security", examine(tmp_path, database_url=tenant_url))
    assert (found.state, found.detail) == ("ok", "it holds the role sheaf_service")


def test_a_key_of_qdrant_that_crosses_the_network_readable_is_told(tmp_path, closed_port):
    """The address is one that nothing is sent to (RFC 5737); the look at it ends at once or after two seconds."""
    checks = examine(tmp_path, vectors=QdrantVectors(url=f"http://192.0.2.1:{closed_port}", api_key="secret"))
    found = check("vectors key", checks)
    assert (found.state, "plain http" in found.detail, "secret" in f"{checks}") == ("off", True, False)


def test_a_carrier_of_the_recognizer_without_its_model_costs_quality_until_another_is_meant(tmp_path, monkeypatch):
    monkeypatch.setattr(packages.moonshine_weights, "PACKAGE", "json")
    (found,) = models._transcription(models.recognizer(Settings(data_dir=tmp_path)))
    assert (found.state, found.cost.split(",")[0]) == ("missing", "pocketsphinx transcribes")
    assert "moonshine-voice==" in found.detail
    (found,) = models._transcription(
        models.recognizer(Settings(data_dir=tmp_path, transcriber=PocketSphinxTranscriber()))
    )
    assert found.state == "ok"
