"""Cut up in a child or here: the same chunks, and nothing else is taken for them."""

import io

import pytest

from pipeline.errors import ParserProtocolError
from pipeline.indexing.chunking import chunk
from pipeline.indexing.chunks import ChunkedDocument
from pipeline.indexing.task import chunk_document
from pipeline.models.minilm import MAX_TOKENS, token_counter
from tests.support.corpus import spoken, written

COUNTER = "pipeline.models.minilm:token_counter"
DOCUMENTS = [
    written(("heading", "The quay", 1), *("It is open at night, and lit. " * 30 for _ in range(9)), language="en"),
    spoken(*("We sail at dawn." for _ in range(40))),
    written(),
]


def source_of(document):
    return io.BytesIO(document.model_dump_json().encode())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_child_finds_the_chunks_that_are_found_here(document):
    signs: list[float] = []
    answer = chunk_document(source_of(document), {"counter": COUNTER, "max_tokens": MAX_TOKENS}, signs.append)
    made = ChunkedDocument.from_bytes(answer)
    assert made.chunks == chunk(document, token_counter(), MAX_TOKENS)
    assert made.language == document.language
    assert len(signs) == len(made.chunks), "a sign of life with each"


@pytest.mark.parametrize("counter", ["os:system", "pipeline.models.minilm", "pipeline.models.minilm:os.system"])
def test_only_functions_of_ours_count(counter):
    with pytest.raises(ValueError, match="not the name"):
        chunk_document(
            io.BytesIO(DOCUMENTS[0].model_dump_json().encode()), {"counter": counter, "max_tokens": 9}, print
        )


@pytest.mark.parametrize("junk", [b"", b"[]", b'{"chunks": [{"number": 0}]}', b"\xff", b'{"chunks": {}}'])
def test_what_are_no_chunks_is_refused(junk):
    with pytest.raises(ParserProtocolError, match="should be chunks"):
        ChunkedDocument.from_bytes(junk)
