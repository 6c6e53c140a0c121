"""What the tools do: each is a few REST calls, with the caller's key and nothing more than it allows."""

import time
from typing import Any

from api.client import Client, RequestFailed, part
from api.places import place
from schemas import exact_json

MOST_CHARACTERS = 20_000
"""Of a document in one call; an assistant's context is dear."""
EXTRACT_SECONDS = 300.0
"""For which `extract` waits; the job goes on after that."""

Json = dict[str, Any]


def search(client: Client, query: str, limit: int, collection: str | None, where: str | None) -> str:
    """Passages that match, best first."""
    body = {"query": query, "limit": limit, "filters": _filters(collection, where)}
    items = client.post("/v1/search", body).value["items"]
    return _text([_passage(hit) | {"text": hit["text"], "section": hit["section"]} for hit in items])


def answer(
    client: Client, question: str, collection: str | None, where: str | None, conversation_id: str | None
) -> str:
    """An answer with its citations."""
    body = {"question": question, "filters": _filters(collection, where), "conversation_id": conversation_id or "new"}
    found = client.post("/v1/answers", body).value
    citations = [
        {"number": number, "quote": citation["quote"], **_passage(citation)}
        for number, citation in enumerate(found["citations"], start=1)
    ]
    kept = ("answered", "text", "conversation_id", "understood_as", "warnings")
    return _text({name: found[name] for name in kept} | {"citations": citations})


def get_document(client: Client, document_id: str, offset: int, length: int) -> str:
    """What a document is, and a stretch of its content as Markdown."""
    about = client.get(f"/v1/documents/{part(document_id)}").value
    content = client.get(f"/v1/documents/{part(document_id)}/content", format="markdown").raw.decode()
    shown = content[offset : offset + min(length, MOST_CHARACTERS)]
    following = offset + len(shown)
    return _text(
        {
            "name": about["name"],
            "media_type": about["media_type"],
            "pages": about["pages"],
            "collection": about["collection"],
            "characters": len(content),
            "content": shown,
            "next_offset": following if following < len(content) else None,
        }
    )


def extract(client: Client, document_id: str, schema: str | Json, seconds: float = EXTRACT_SECONDS) -> str:
    """Values of a document against a schema, each with its place.

    Raises:
        RequestFailed: the job is not done after `seconds`; the message names it.
    """
    body = {"document_id": document_id, "schema": schema, "tasks": ["extract"]}
    job_id = client.post("/v1/jobs", body).value["id"]
    started = time.monotonic()
    try:
        result = client.result(job_id, timeout=seconds).value
    except RequestFailed as error:
        if error.kind != "result-not-ready":
            raise
        waited = time.monotonic() - started
        raise RequestFailed(f"the job {job_id} is still working after {waited:.0f} s; ask again later") from error
    fields = {path: _field(field) for path, field in result["fields"].items()}
    kept = ("job_id", "status", "data", "completeness", "warnings", "problem")
    return _text({name: result[name] for name in kept} | {"fields": fields})


def _field(field: Json) -> Json:
    evidence = field["evidence"]
    return {
        "confidence": field["confidence"],
        "grounded": field["grounded"],
        "place": place(evidence[0]) if evidence else None,
        "quote": evidence[0]["quote"] if evidence else None,
    }


def _passage(passage: Json) -> Json:
    evidence = passage["evidence"]
    return {
        "document_id": passage["document_id"],
        "document": passage["document_name"],
        "place": place(evidence[0]) if evidence else None,
        "also_in": [other["document_name"] for other in passage["also_in"]],
    }


def _filters(collection: str | None, where: str | None) -> Json | None:
    given = {"collection": collection, "where": where}
    return {name: value for name, value in given.items() if value is not None} or None


def _text(value: object) -> str:
    """As JSON text: amounts keep their decimals."""
    return exact_json.dumps(value).decode()
