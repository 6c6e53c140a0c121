"""A process is wired as the settings say, or not at all."""

import io
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import pipeline.stores
import pipeline.tracing
from pipeline.access.issuing import ensure_workspace
from pipeline.answering.corpus import corpus_of
from pipeline.answering.search import search
from pipeline.errors import ModelUnavailable, SettingsError, VectorsLocked
from pipeline.health import PARTS, check_part
from pipeline.indexing.form import place
from pipeline.jobs.accept import Upload, accept
from pipeline.jobs.options import JobOptions
from pipeline.models import moonshine_weights
from pipeline.models.feeding import Feeder
from pipeline.models.minilm import MiniLM
from pipeline.models.moonshine import Moonshine
from pipeline.models.pocketsphinx import PocketSphinx
from pipeline.models.traced import TracedChat, TracedTranscriber
from pipeline.services import Services
from pipeline.settings import Jobs, Settings
from pipeline.settings import QdrantVectors as QdrantServer
from pipeline.stores.absent import AbsentVectors
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.qdrant import QdrantVectors
from pipeline.stores.qdrant_points import MEMORY
from pipeline.stores.s3 import S3Blobs
from pipeline.tracing.otel import OtelTracer
from pipeline.tracing.spans import NoTracer
from schemas.answers import SearchRequest
from tests.support.embedding_graph import lend_graph
from tests.support.embedding_servers import DIMENSIONS, embedder_settings, embedding_server
from tests.support.waiting import until
from workers.bootstrap import build, close, queue_sizes
from workers.runner import Runner


def test_the_defaults_make_one_healthy_process_that_owns_its_data(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    process = build(settings)
    try:
        services = process.services
        assert isinstance(services.generations.searched().vectors, EdgeVectors)
        assert (services.chat, services.database.sqlite) == (None, True)
        assert services.transcriber is not None
        assert {part: check_part(services, part) for part in PARTS} == dict.fromkeys(
            ("database", "blobs", "vectors", "sandbox")
        )
        assert process.slots.total == sum(queue_sizes(settings.jobs).values())
        with pytest.raises(VectorsLocked):
            build(settings)
        assert check_part(services, "vectors") is None, "the first owner works on"
        assert {path.name for path in (tmp_path / "data").iterdir()} >= {"sheaf.db", "blobs", "vectors", "master.key"}
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700, "documents are their owner's alone"
    finally:
        close(process.services)
    again = build(settings)  # what was let go of can be taken again
    close(again.services)


def test_another_embedding_model_gets_an_index_of_its_own_beside_the_present_one(tmp_path: Path) -> None:
    """From MiniLM to a server and back, with the loops of a service; the index is searched all the time."""
    lend_graph(tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data")
    text = b"Refunds are paid within thirty days."

    def ingest(services: Services, workspace_id: str) -> bool:
        upload = Upload(source=io.BytesIO(text), name="a.txt", size=len(text), sha256=sha256(text).hexdigest())
        accept(services, upload, JobOptions(tasks=("index",)), workspace_id=workspace_id, actor="test")
        until(lambda: found(services, workspace_id) == [text.decode()], 60.0)
        return True

    def found(services: Services, workspace_id: str) -> list[str]:
        request = SearchRequest(query="refunds")
        return [hit.text for hit in search(request, workspace_id=workspace_id, corpus=corpus_of(services)).items]

    def serve(chosen: Settings, names: list[str], *, first: bool = False) -> None:
        process = build(chosen)
        services = process.services
        runner = Runner(services, process.app, process.slots, None)
        try:
            shelves = services.generations.shelves()
            assert [shelf.embedder.name for shelf in shelves if shelf.embedder] == names
            workspace_id = ensure_workspace(services.database, services.secrets, "default").id
            assert first or found(services, workspace_id) == [text.decode()]
            runner.start()
            assert not first or ingest(services, workspace_id)
            until(lambda: [shelf.stands_in for shelf in services.generations.shelves()] == [False], 60.0)
            assert services.generations.shelves()[0].embedder is services.embedder
            assert found(services, workspace_id) == [text.decode()]
        finally:
            runner.close()
            close(services)

    with embedding_server() as made:
        other, tiny = settings.model_copy(update={"embedder": embedder_settings(made.url)}), f"tiny@{DIMENSIONS}"
        serve(settings, [MiniLM.name], first=True)
        serve(other, [MiniLM.name, tiny])
        serve(settings.model_copy(update={"embedder_before": other.embedder}), [tiny, MiniLM.name])
    places = {place(1, MiniLM.name), place(2, tiny)}
    assert {path.name for path in (tmp_path / "data" / "vectors").iterdir()} == places


def test_a_worker_beside_the_service_leaves_the_index_to_it_and_hears_with_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lend_graph(tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data")
    service = build(settings)
    try:
        assert service.services.settings.transcriber.identity == "moonshine"
        monkeypatch.setattr(moonshine_weights, "PACKAGE", "no_such_package")
        worker = build(settings, owns_index=False)
        close(worker.services)
        assert isinstance(worker.services.vectors, AbsentVectors)
        with pytest.raises(ModelUnavailable, match="another one"):
            worker.services.embedder.embed(["words"])
        assert isinstance(worker.services.transcriber, PocketSphinx)
        assert worker.services.settings.transcriber.identity == "pocketsphinx", "read anew once the package is there"
    finally:
        close(service.services)


def test_a_worker_opens_a_servers_index_only_where_it_indexes(tmp_path: Path) -> None:
    lend_graph(tmp_path / "data")
    jobs = Jobs(read_threads=0, infer_threads=0, deliver_threads=0)
    settings = Settings(data_dir=tmp_path / "data", jobs=jobs)
    settings = settings.model_copy(update={"vectors": QdrantServer.model_construct(url=MEMORY)})
    kinds = []
    for threads in (0, 1):
        own = settings.model_copy(update={"jobs": jobs.model_copy(update={"index_threads": threads})})
        made = build(own, owns_index=False)
        kinds.append((made.services.embedder.name, made.services.several is not None))
        close(made.services)
    assert kinds == [("absent", False), (MiniLM.name, True)]


def test_other_adapters_are_chosen_by_the_settings(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"steps": []}')
    lend_graph(tmp_path / "data")
    in_memory = QdrantServer.model_construct(url=MEMORY)  # the client's own, which no file may name
    process = build(
        Settings(
            data_dir=tmp_path / "data",
            embedder={"kind": "openai", "url": "http://gpu:8000/v1", "model": "BAAI/bge-m3", "dimensions": 1024},  # type: ignore[arg-type]  # as a file says it
            transcriber={"kind": "none"},  # type: ignore[arg-type]  # as a file says it
            chat={"kind": "scripted", "path": script},  # type: ignore[arg-type]  # as a file says it
            blobs={"kind": "s3", "bucket": "documents", "endpoint": "https://s3.internal"},  # type: ignore[arg-type]  # as a file says it
            doorbell={"kind": "redis"},  # type: ignore[arg-type]  # as a file says it
        ).model_copy(update={"vectors": in_memory})
    )
    try:
        services = process.services
        assert isinstance(services.generations.searched().vectors, QdrantVectors)
        assert isinstance(services.blobs, S3Blobs)
        assert services.embedder.name == "BAAI/bge-m3@1024"
        assert services.transcriber is None
        assert services.chat is not None
        assert process.app.conf.broker_url == "redis://127.0.0.1:6379/0"
    finally:
        close(services)


def test_a_setting_that_cannot_work_is_said_before_anything_is_made(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", webhooks={"allow": ["not a network"]})  # type: ignore[arg-type]  # as a file says it
    with pytest.raises(SettingsError, match=r"webhooks\.allow"):
        build(settings)
    assert not (tmp_path / "data").exists()


def test_with_a_chat_model_there_are_enough_documents_in_work_to_keep_it_busy() -> None:
    assert queue_sizes(Jobs(), 4)["infer"] == 6
    assert queue_sizes(Jobs(infer_threads=3), 4)["infer"] == 3
    assert queue_sizes(Jobs())["infer"] == 2


def test_each_queue_has_its_threads() -> None:
    assert queue_sizes(Jobs(read_threads=3, infer_threads=2, index_threads=0, deliver_threads=1)) == {
        "read": 3,
        "infer": 2,
        "index": 0,
        "deliver": 1,
    }


def test_wiring_loads_no_engine_into_the_service_itself() -> None:
    """Parsers live in the child; a service that loads them would be taken down by a hostile file's library."""
    heavy = {"pymupdf", "av", "rapidocr", "docx", "torch", "opentelemetry.sdk"}
    code = f"import sys, workers.bootstrap; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_model_whose_extra_is_not_installed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "pipeline.models.transformers_chat.engine", raising=False)
    monkeypatch.delitem(sys.modules, "pipeline.models.transformers_chat.adapter", raising=False)
    chosen = {"kind": "transformers", "path": tmp_path}
    with pytest.raises(SettingsError, match=r"chat\.kind: .* torch is not installed; install the extra transformers"):
        build(Settings(data_dir=tmp_path / "data", chat=chosen))  # type: ignore[arg-type]  # as a file says it


@pytest.mark.parametrize(
    ("extra", "package", "chosen"),
    [
        ("postgres", "psycopg", {"database_url": "postgresql+psycopg://nobody@127.0.0.1/none"}),
        ("s3", "obstore", {"blobs": {"kind": "s3", "bucket": "sheaf"}}),
        ("redis", "redis", {"doorbell": {"kind": "redis"}}),
        ("otel", "opentelemetry.context", {"tracing": {"kind": "otel"}}),
        ("qdrant", "qdrant_client", {"vectors": {"kind": "qdrant", "url": "http://qdrant:6333", "api_key": "k3y"}}),
    ],
)
def test_a_store_whose_extra_is_not_installed_says_what_to_install(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    extra: str,
    package: str,
    chosen: dict[str, Any],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "pipeline.stores.s3", raising=False)
    monkeypatch.delattr(pipeline.stores, "s3", raising=False)
    monkeypatch.delitem(sys.modules, "pipeline.tracing.otel", raising=False)
    monkeypatch.delattr(pipeline.tracing, "otel", raising=False)
    with pytest.raises(SettingsError, match=f"package {package} is not installed; install the extra {extra}"):
        build(Settings(data_dir=tmp_path / "data", **chosen))
    warned = "vectors.api_key is sent over plain http to qdrant" in caplog.text
    assert (warned, "k3y" in caplog.text) == (extra == "qdrant", False)


def test_a_process_that_traces_wraps_its_models_and_one_that_does_not_has_them_bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    script = tmp_path / "script.json"
    script.write_text('{"steps": []}')
    for kind, tracer, transcriber in (("none", NoTracer, Moonshine), ("otel", OtelTracer, TracedTranscriber)):
        chosen = {"tracing": {"kind": kind}, "chat": {"kind": "scripted", "path": script}}
        process = build(Settings(data_dir=tmp_path / kind, **chosen))  # type: ignore[arg-type]  # as a file says it
        close(process.services)
        assert isinstance(process.services.tracer, tracer)
        assert isinstance(process.services.transcriber, transcriber)
        assert isinstance(process.services.chat, Feeder)
        assert isinstance(process.services.chat._model._model, TracedChat) == (kind == "otel")  # type: ignore[attr-defined]


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match=r"data_dir: .*file/data is no folder that can be made: Not a directory"):
        build(Settings(data_dir=tmp_path / "file" / "data"))


def test_a_model_server_that_is_away_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    lend_graph(tmp_path / "data")
    chosen = {"kind": "openai", "model": "m", "servers": [{"url": "http://127.0.0.1:9/v1"}], "parallel": 4}
    process = build(Settings(data_dir=tmp_path / "data", chat=chosen))  # type: ignore[arg-type]  # as a file says it
    close(process.services)
    assert process.slots.total == sum(queue_sizes(Jobs(), 4).values())
