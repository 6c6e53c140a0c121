"""What the model's tokens mean, and which of them a JSON Schema allows."""

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from llguidance import LLMatcher
from llguidance.hf import from_tokenizer

from pipeline.errors import ModelRejected
from pipeline.models.transformers_chat.turn import Word

COMPACT = {"whitespace_flexible": False}
"""No free white space between the tokens of JSON: a model may fill an answer with it and never end."""
KEPT = 64
"""Compiled schemas; a large one takes a second to compile and some megabytes."""


class Vocabulary:
    """The tokens of a checkpoint, `size` of them counted with the unused ones of its embedding. Thread-safe."""

    def __init__(self, tokenizer: Any, size: int, ends: Sequence[int]) -> None:  # noqa: ANN401 - not typed
        self.size = size
        self._ends = frozenset(ends)
        self._tokens = from_tokenizer(tokenizer, n_vocab=size, eos_token=list(ends))
        self._words: dict[int, Word] = {}
        self._compiled: OrderedDict[str, LLMatcher] = OrderedDict()
        self._lock = threading.Lock()

    def word(self, token: int) -> Word:
        """What a token means."""
        if token not in self._words:
            mark = self._tokens.is_special_token(token)
            data = b"" if mark else self._tokens.decode_bytes([token])
            self._words[token] = Word(data=data, ends=token in self._ends)
        return self._words[token]

    def grammar(self, schema: dict[str, Any]) -> "JsonGrammar":
        """What holds one answer to a schema.

        Raises:
            ModelRejected: the schema cannot be made into a grammar.
        """
        key = json.dumps(schema)  # not sorted: the order of properties is the order of the answer
        with self._lock:
            if key not in self._compiled:
                self._compiled[key] = self._compile(key)
                if len(self._compiled) > KEPT:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(key)
            return JsonGrammar(self._compiled[key].deep_copy())

    def _compile(self, schema: str) -> LLMatcher:
        matcher = LLMatcher(self._tokens, LLMatcher.grammar_from_json_schema(schema, overrides=COMPACT), log_level=0)
        if matcher.is_error():
            raise ModelRejected(f"the schema cannot be made into a grammar: {matcher.get_error()}")
        return matcher


class JsonGrammar:
    """The state of one answer."""

    def __init__(self, matcher: LLMatcher) -> None:
        self._matcher = matcher

    def mask(self) -> bytes:
        """A bit for each token, the lowest bit first.

        Raises:
            ModelRejected: the grammar became too complex.
        """
        mask: bytes = self._matcher.compute_bitmask()
        if self._matcher.is_error():
            raise ModelRejected(f"the schema is too complex for its grammar: {self._matcher.get_error()}")
        return mask

    def take(self, token: int) -> None:
        """Note what was said."""
        self._matcher.consume_token(token)
