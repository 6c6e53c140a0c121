"""The REST server on a real socket, over a real database, real blobs and a real vector index.

Only what costs seconds is replaced: documents are read as plain text, tasks of the child process run in this one, and
the embedder counts letters.
"""

import contextlib
import importlib
import re
import shutil
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from api.http.app import create_app
from api.http.serve import Server, listen
from pipeline.access.issuing import ensure_workspace, issue_key
from pipeline.access.secrets import SecretBox
from pipeline.delivery.sender import Sender
from pipeline.errors import PasswordRequired, WrongPassword
from pipeline.jobs.claims import claim
from pipeline.jobs.doorbell import QUEUES
from pipeline.jobs.leases import Lease
from pipeline.jobs.run import run_stage
from pipeline.reading.child.on_demand import OnDemand
from pipeline.services import Services
from pipeline.settings import load_settings
from pipeline.stores.edge import EdgeVectors
from pipeline.stores.folder import FolderBlobs
from pipeline.stores.records.database import Database
from pipeline.stores.records.tables import new_id
from schemas.documents import Document, Page, TextBlock
from tests.support.waiting import until

MAX_UPLOAD_BYTES = 2_000_000
MAX_WAITING_SECONDS = 60.0
DIMENSIONS = 26


class SilentDoorbell:
    """Takes every ring; the tests work by hand."""

    def ring(self, queue):
        return True


class LetterEmbedder:
    """How often each letter stands in a text."""

    name, dimensions, max_tokens = "letters", DIMENSIONS, 256

    def embed(self, texts):
        counts = [[text.lower().count(chr(97 + i)) + 0.01 for i in range(DIMENSIONS)] for text in texts]
        vectors = np.array(counts, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def count_tokens(self, text):
        return len(text.split()) + 2


class PlainReader:
    """Reads files as text; one that begins with `%LOCKED` opens with the password `sesame`."""

    def read(self, source, *, name, media_type, password, progress, cancelled):
        if media_type.startswith("image/"):
            page = Page(number=1, width=40, height=20, source="none")
            return Document(shape="pages", media_type=media_type, pages=[page])
        text = source.read().decode()
        if text.startswith("%LOCKED") and password != "sesame":
            raise PasswordRequired if password is None else WrongPassword
        spans = [match.span() for match in re.finditer(r"[^\n]+", text)]
        blocks = [TextBlock(kind="paragraph", start=start, stop=stop) for start, stop in spans]
        return Document(shape="text", media_type=media_type, text=text, blocks=blocks)


class SameProcess:
    """Runs the tasks of the child process here."""

    def run(self, task, source, arguments, *, progress=lambda share: None, cancelled=lambda: False, queues=True):
        module, _, name = task.partition(":")
        return getattr(importlib.import_module(module), name)(source, arguments, progress)

    def close(self):
        pass


@dataclass
class House:
    """A running server."""

    services: Services
    url: str
    folder: Path
    clients: list[httpx.Client] = field(default_factory=list)

    def tenant(self, *scopes: str, name: str | None = None, workspace_id: str | None = None) -> httpx.Client:
        """A client with a key of a workspace: a new one, or the one of that name or id."""
        if workspace_id is None:
            workspace_id = ensure_workspace(self.services.database, self.services.secrets, name or new_id("tenant")).id
        issued = issue_key(
            self.services.database,
            workspace_id=workspace_id,
            name="test",
            scopes=list(scopes or ("ingest", "read", "admin")),
            expires_in=None,
            actor="test",
        )
        client = self.client(Authorization=f"Bearer {issued.text}")
        client.workspace_id = workspace_id
        return client

    def client(self, **headers: str) -> httpx.Client:
        """A client without a key."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=90, trust_env=False)
        self.clients.append(client)
        return client

    def step(self, queue: str) -> bool:
        """Run one stage of the queue; whether there was one."""
        claimed = claim(self.services, queue, "test")
        if claimed is None:
            return False
        run_stage(self.services, claimed, Lease(claimed.stage))
        return True

    def work(self) -> None:
        """Run all stages that can be run."""
        while any(self.step(queue) for queue in QUEUES):
            pass

    def upload(self, client: httpx.Client, content: bytes = b"Some words.", name: str = "a.txt", **fields: str):
        """A document, accepted."""
        response = client.post("/v1/documents", files={"file": (name, content)}, data=fields)
        assert response.status_code == 202, response.text
        return response.json()


def build_services(folder: Path, database_url: str | None = None) -> Services:
    settings = load_settings(
        data_dir=folder,
        http={
            "max_upload_bytes": MAX_UPLOAD_BYTES,
            "max_waiting_seconds": MAX_WAITING_SECONDS,
        },
        blobs={"kind": "folder", "reserve_bytes": 0},
        batches={"roots": {"inbox": folder / "inbox"}},
        webhooks={"allow": ["127.0.0.1/32:9999"]},
    )
    (folder / "inbox").mkdir()
    database = Database(database_url or f"sqlite:///{folder / 'sheaf.db'}")
    database.migrate()
    return Services(
        settings=settings,
        database=database,
        blobs=FolderBlobs(folder / "blobs"),
        vectors=EdgeVectors(folder / "vectors", DIMENSIONS),
        doorbell=SilentDoorbell(),
        embedder=LetterEmbedder(),
        sandbox=SameProcess(),
        on_demand=OnDemand(SameProcess(), 2),
        reader=PlainReader(),
        secrets=SecretBox.open(folder / "master.key"),
        sender=Sender(settings.webhooks),
        transcriber=None,
        chat=None,
    )


@contextlib.contextmanager
def served(services: Services, stalled=list):
    listener = listen("127.0.0.1", 0)
    server = Server(create_app(services, stalled))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def housed(folder: Path, database_url: str | None = None):
    """A running server over a folder, and a database of its own where none is named."""
    services = build_services(folder, database_url)
    with served(services) as (url, _):
        built = House(services, url, folder)
        yield built
        for client in built.clients:
            client.close()
    services.vectors.close()
    services.database.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with housed(tmp_path_factory.mktemp("house")) as built:
        yield built


@pytest.fixture(scope="module")
def bounded_house(tmp_path_factory, tenant_url):
    """The same on PostgreSQL, as a role that row-level security holds."""
    with housed(tmp_path_factory.mktemp("house"), tenant_url) as built:
        yield built


@pytest.fixture
def serve_again(house):
    """A second server over the same services, with other settings of `http` where some are given; the test stops it."""

    def serve(**http: object):
        changed = house.services.settings.http.model_copy(update=http)
        settings = house.services.settings.model_copy(update={"http": changed})
        return served(replace(house.services, settings=settings))

    return serve


@pytest.fixture
def client(house):
    """A client whose workspace is empty."""
    return house.tenant()


def problem(response: httpx.Response, status: int, name: str) -> dict:
    """The problem document of an answer, which must be that one."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    body = response.json()
    assert (response.status_code, body["type"]) == (status, f"urn:sheaf:problem:{name}"), body
    assert body["status"] == status
    assert body["instance"] == response.headers["x-request-id"]
    return body


@pytest.fixture(name="problem")
def _problem():
    return problem


@pytest.fixture(scope="session")
def open_files():
    """How many files this process has open."""
    return lambda: sum(1 for _ in Path("/proc/self/fd").iterdir())
