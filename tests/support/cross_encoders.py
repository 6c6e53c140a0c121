"""A cross-encoder so small that its scores can be told by hand: how many words of the query the passage holds."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ["[UNK]", "[CLS]", "[SEP]", "quay", "night", "open", "whale", "tractor"]
SPECIAL = 2
"""Ids up to this one are no words."""


def write_cross_encoder(folder: Path, *, outputs: int = 1, wrong_input: bool = False) -> Path:
    """`model.onnx` and `tokenizer.json`; with two outputs the second one says how much is shared."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(_model(outputs, wrong_input=wrong_input), folder / "model.onnx")
    _tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return tokenizer


def _model(outputs: int, *, wrong_input: bool) -> Any:
    """The sum over all pairs of tokens that are equal words, one of the query and one of the passage."""
    ids, mask, types = ("pixels" if wrong_input else "input_ids"), "attention_mask", "token_type_ids"
    nodes = [
        helper.make_node("Greater", [ids, "special"], ["is_word"]),
        helper.make_node("Cast", ["is_word"], ["word"], to=TensorProto.INT64),
        helper.make_node("Mul", ["word", mask], ["seen"]),
        helper.make_node("Mul", ["seen", types], ["passage"]),
        helper.make_node("Sub", ["seen", "passage"], ["query"]),
        helper.make_node("Unsqueeze", [ids, "last"], ["down"]),
        helper.make_node("Unsqueeze", [ids, "middle"], ["across"]),
        helper.make_node("Equal", ["down", "across"], ["same"]),
        helper.make_node("Cast", ["same"], ["equal"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["query", "last"], ["query_down"]),
        helper.make_node("Unsqueeze", ["passage", "middle"], ["passage_across"]),
        helper.make_node("Mul", ["query_down", "passage_across"], ["pairs"]),
        helper.make_node("Mul", ["pairs", "equal"], ["shared"]),
        helper.make_node("ReduceSum", ["shared", "both"], ["count"], keepdims=0),
        helper.make_node("Cast", ["count"], ["score"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["score", "one"], ["single"]),
        helper.make_node("Mul", ["single", "signs"], ["logits"]),
    ]
    constants = {
        "special": np.array(SPECIAL, np.int64),
        "last": np.array([2], np.int64),
        "middle": np.array([1], np.int64),
        "both": np.array([1, 2], np.int64),
        "one": np.array([1], np.int64),
        "signs": np.array([[1.0]] if outputs == 1 else [[-0.5, 0.5]], np.float32),
    }
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in (ids, mask, types)]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", outputs])
    made = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "shared-words", inputs, [output], made)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
