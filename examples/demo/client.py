"""The few requests that the demonstration makes; every one can be made with curl as well."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

TERMINAL = {"succeeded", "partial", "failed", "cancelled"}
POLL_SECONDS = 0.25

Json = dict[str, Any]


class RequestError(Exception):
    """The service answered with a problem document."""


class Client:
    """The REST API with one key. Numbers of answers are `Decimal`, so that money keeps its decimals."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120, trust_env=False
        )

    def webhook_secret(self) -> str:
        """What deliveries are signed with."""
        return str(self._get("/v1/webhooks/secret")["secret"])

    def upload(self, path: Path, *, schema: str, webhook_url: str) -> Json:
        """Hand over a document; `{document, job}`."""
        with path.open("rb") as file:
            fields = {"schema": schema, "webhook_url": webhook_url}
            return self._read(self._http.post("/v1/documents", files={"file": (path.name, file)}, data=fields))

    def job(self, job_id: str) -> Json:
        """How far a job is."""
        return self._get(f"/v1/jobs/{job_id}")

    def result(self, job_id: str) -> Json:
        """What came out."""
        return self._get(f"/v1/jobs/{job_id}/result?wait=30")

    def content(self, document_id: str) -> Json:
        """What was read."""
        return self._get(f"/v1/documents/{document_id}/content?format=json")

    def batch(self, source: str) -> Iterator[Json]:
        """Ingest a folder that the settings declare; how far it is, until it is done."""
        batch = self._post("/v1/batches", {"source": source, "tasks": ["summarize", "index"]})
        while True:
            yield batch
            if batch["status"] in {"finished", "failed"}:
                return
            time.sleep(POLL_SECONDS)
            batch = self._get(f"/v1/batches/{batch['id']}")

    def batch_files(self, batch_id: str) -> list[Json]:
        """What became of each file of a small batch."""
        files: list[Json] = self._get(f"/v1/batches/{batch_id}/files")["items"]
        return files

    def answer(self, question: str) -> Json:
        """An answer with its citations."""
        return self._post("/v1/answers", {"question": question})

    def _get(self, path: str) -> Json:
        return self._read(self._http.get(path))

    def _post(self, path: str, body: Json) -> Json:
        return self._read(self._http.post(path, json=body))

    def _read(self, response: httpx.Response) -> Json:
        if response.is_error:
            raise RequestError(f"{response.request.method} {response.request.url.path}: {response.text}")
        value: Json = json.loads(response.content, parse_float=Decimal)
        return value
