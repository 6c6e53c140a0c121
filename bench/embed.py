"""How many chunks a second the embedder makes, against a bare ONNX Runtime loop over the same texts and batches."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.search import Texts
from pipeline.models.minilm import BATCH, MAX_TOKENS, MiniLM, installed

CHUNKS, QUICK_CHUNKS = 256, 64
ROUNDS, QUICK_ROUNDS = 5, 3


def main(quick: bool) -> dict[str, Any]:
    """Both in turn, medians compared."""
    count, rounds = (QUICK_CHUNKS, QUICK_ROUNDS) if quick else (CHUNKS, ROUNDS)
    made = Texts(3)
    texts = [made.text(40 + 60 * (number % 3)) for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        embedder = MiniLM(Path(folder), 1)
        bare = _Bare(next(Path(folder).glob("*.onnx")), texts)
        embedder.embed(texts[:BATCH])
        bare.run()
        ours, theirs = [], []
        for number in range(rounds):
            started = time.perf_counter()
            embedder.embed(texts)
            between = time.perf_counter()
            bare.run()
            ours.append(between - started)
            theirs.append(time.perf_counter() - between)
            print(f"round {number + 1}: {count / ours[-1]:.1f} and {count / theirs[-1]:.1f} chunks/s", flush=True)
    return {
        "chunks_per_s": round(count / statistics.median(ours), 1),
        "bare_chunks_per_s": round(count / statistics.median(theirs), 1),
        "ratio_to_onnx": round(statistics.median(theirs) / statistics.median(ours), 3),
    }


class _Bare:
    """The model's session in a loop; tokens, batches and padding are made beforehand."""

    def __init__(self, graph: Path, texts: list[str]) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(installed() / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        tokens = sorted((tokenizer.encode(text).ids for text in texts), key=len)
        self._feeds = [_feed(tokens[start : start + BATCH]) for start in range(0, len(tokens), BATCH)]

    def run(self) -> None:
        """All batches."""
        for feed in self._feeds:
            self._session.run(["vectors"], feed)


def _feed(tokens: list[list[int]]) -> dict[str, np.ndarray[Any, np.dtype[np.int64]]]:
    ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
    mask = np.zeros_like(ids)
    for row, found in enumerate(tokens):
        ids[row, : len(found)] = found
        mask[row, : len(found)] = 1
    return {"ids": ids, "mask": mask}
