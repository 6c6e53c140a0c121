"""A stand-in for a server with `/v1/embeddings`: it hashes words, and counts each as a token."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from pipeline.model_settings import OpenAIEmbedder as Settings
from pipeline.models.hashing import HashingEmbedder
from pipeline.models.openai_api.embedder import OpenAIEmbedder
from tests.support.stand_in import Answer, Asked, StandIn, standing_in

JSON = {"Content-Type": "application/json"}
PATH = "POST /v1/embeddings"
DIMENSIONS = 64
MODEL = HashingEmbedder(DIMENSIONS)
LONGEST = 256


def embeddings(request: Asked) -> Answer:
    """As the servers answer: not normalized, in an order of their own; a text that is too long is refused."""
    texts = request.json["input"]
    assert all(texts)
    counts = [len(re.findall(r"\w+|[^\w\s]+", text)) + 2 for text in texts]
    if max(counts) > LONGEST:
        said = f"This model's maximum context length is {LONGEST} tokens. However, you sent {max(counts)}."
        return 400, {"error": {"message": said, "type": "BadRequestError", "code": 400}}, JSON
    rows = [
        {"object": "embedding", "index": number, "embedding": (vector * 3).astype(float).tolist()}
        for number, vector in enumerate(MODEL.embed(texts))
    ]
    usage = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
    return 200, {"object": "list", "model": "tiny", "data": rows[::-1], "usage": usage}, JSON


@contextmanager
def embedding_server(answer: object = embeddings) -> Iterator[StandIn]:
    with standing_in(answers={PATH: answer}) as made:
        yield made


def write_tokenizer(path: Path) -> Path:
    """One token a word, one a run of signs, and one at each end."""
    tokenizer = Tokenizer(WordLevel({"?": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.save(str(path))
    return path


def embedder_settings(url: str, **more: Any) -> Settings:
    return Settings(**{"url": f"{url}/v1", "model": "tiny", "dimensions": DIMENSIONS, "max_tokens": LONGEST, **more})


def embedder_at(url: str, **more: Any) -> OpenAIEmbedder:
    return OpenAIEmbedder(embedder_settings(url, **more))
