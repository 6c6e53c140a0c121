"""The ONNX graph of all-MiniLM-L6-v2, written from its weights.

A BERT encoder (Devlin et al. 2018, arXiv 1810.04805; attention and feed-forward as in Vaswani et al. 2017, arXiv
1706.03762) of 6 layers, 12 heads and 384 dimensions with exact GELU (Hendrycks & Gimpel, arXiv 1606.08415), then the
mean over the tokens that are not padding and a division by the Euclidean length (Reimers & Gurevych 2019, arXiv
1908.10084).

Inputs: `ids` and `mask` (1 for tokens, 0 for padding), both int64 `(texts, tokens)`. Output: `vectors`, float32
`(texts, 384)`, each of length 1. The second sentence's token types are never used, so theirs is a constant.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
DIMENSIONS = 384
LAYER_NORM_EPSILON = 1e-12
OPSET = 17
IR_VERSION = 8  # the one of opset 17's time; every ONNX Runtime that knows the opset reads it
MASKED = -1e9  # added to the scores of padding: its share becomes exactly 0

Weights = Mapping[str, NDArray[np.float32]]


class _Graph:
    """Nodes and constants as they are added; every method gives the name of what it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Any) -> str:  # noqa: ANN401 - whatever numpy makes an array of
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:  # noqa: ANN401
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def split(self, value: str, parts: int) -> list[str]:
        names = [f"n{len(self.nodes)}_{part}" for part in range(parts)]
        sizes = self.constant(np.full(parts, DIMENSIONS, np.int64))
        self.nodes.append(helper.make_node("Split", [value, sizes], names, axis=-1))
        return names

    def dense(self, value: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """The weights of a linear layer are stored `(out, in)`."""
        return self.add("Add", self.add("MatMul", value, self.constant(weight.T)), self.constant(bias))

    def normalize(self, value: str, weights: Weights, name: str) -> str:
        scale, bias = self.constant(weights[f"{name}.weight"]), self.constant(weights[f"{name}.bias"])
        return self.add("LayerNormalization", value, scale, bias, axis=-1, epsilon=LAYER_NORM_EPSILON)

    def gelu(self, value: str) -> str:
        # Written with a division: ONNX Runtime knows GELU by this form and runs it as one kernel.
        scaled = self.add("Div", value, self.constant(np.float32(np.sqrt(2))))
        gate = self.add("Add", self.add("Erf", scaled), self.constant(np.float32(1)))
        return self.add("Mul", self.add("Mul", value, gate), self.constant(np.float32(0.5)))


def build(weights: Weights) -> bytes:
    """The serialized model. `weights` are named as in the original checkpoint.

    Raises:
        KeyError: a weight is missing.
    """
    graph = _Graph()
    hidden = _embed(graph, weights)
    mask = graph.add("Cast", "mask", to=TensorProto.FLOAT)
    bias = _attention_bias(graph, mask)
    for layer in range(LAYERS):
        hidden = _layer(graph, weights, f"encoder.layer.{layer}", hidden, bias)
    _pool(graph, hidden, mask)
    shape = ["texts", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask")]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", DIMENSIONS])]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, graph.constants)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(body, opset_imports=[opset], ir_version=IR_VERSION, producer_name="sheaf")
    return bytes(model.SerializeToString())


def _embed(graph: _Graph, weights: Weights) -> str:
    words = graph.add("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "ids")
    # Token type 0 is added to every position, so both tables become one.
    table = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    zero, one = graph.constant(np.array([0], np.int64)), graph.constant(np.array([1], np.int64))
    tokens = graph.add("Shape", "ids", start=1, end=2)
    positions = graph.add("Slice", graph.constant(table), zero, tokens, zero, one)
    return graph.normalize(graph.add("Add", words, positions), weights, "embeddings.LayerNorm")


def _attention_bias(graph: _Graph, mask: str) -> str:
    """`(texts, 1, 1, tokens)`: 0 for tokens, very negative for padding."""
    padding = graph.add("Sub", graph.constant(np.float32(1)), mask)
    bias = graph.add("Mul", padding, graph.constant(np.float32(MASKED)))
    return graph.add("Unsqueeze", bias, graph.constant(np.array([1, 2], np.int64)))


def _layer(graph: _Graph, weights: Weights, name: str, hidden: str, bias: str) -> str:
    def dense(value: str, part: str) -> str:
        return graph.dense(value, weights[f"{name}.{part}.weight"], weights[f"{name}.{part}.bias"])

    context = _attend(graph, weights, f"{name}.attention.self", hidden, bias)
    attended = graph.add("Add", dense(context, "attention.output.dense"), hidden)
    attended = graph.normalize(attended, weights, f"{name}.attention.output.LayerNorm")
    inner = graph.gelu(dense(attended, "intermediate.dense"))
    return graph.normalize(
        graph.add("Add", dense(inner, "output.dense"), attended), weights, f"{name}.output.LayerNorm"
    )


def _attend(graph: _Graph, weights: Weights, name: str, hidden: str, bias: str) -> str:
    """Scaled dot-product attention; the three projections are one product."""
    parts = ("query", "key", "value")
    together = np.concatenate([weights[f"{name}.{part}.weight"] for part in parts])
    biases = np.concatenate([weights[f"{name}.{part}.bias"] for part in parts])
    query, key, value = graph.split(graph.dense(hidden, together, biases), 3)
    size = DIMENSIONS // HEADS
    by_head = graph.constant(np.array([0, 0, HEADS, size], np.int64))

    def heads(projected: str, order: list[int]) -> str:
        return graph.add("Transpose", graph.add("Reshape", projected, by_head), perm=order)

    scores = graph.add("MatMul", heads(query, [0, 2, 1, 3]), heads(key, [0, 2, 3, 1]))
    scores = graph.add("Mul", scores, graph.constant(np.float32(1 / np.sqrt(size))))
    shares = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", shares, heads(value, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
    return graph.add("Reshape", mixed, graph.constant(np.array([0, 0, DIMENSIONS], np.int64)))


def _pool(graph: _Graph, hidden: str, mask: str) -> str:
    tokens = graph.constant(np.array([1], np.int64))
    kept = graph.add("Unsqueeze", mask, graph.constant(np.array([2], np.int64)))
    total = graph.add("ReduceSum", graph.add("Mul", hidden, kept), tokens, keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", mask, tokens, keepdims=1))
    length = graph.add("ReduceL2", mean, axes=[1], keepdims=1)
    return graph.add("Div", mean, graph.add("Max", length, graph.constant(np.float32(1e-12))), output="vectors")
