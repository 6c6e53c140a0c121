"""The two places where a batch meets transformers' generation loop: before a token is chosen, and after."""

from collections.abc import Callable, Sequence

import torch
from transformers import LogitsProcessor, StoppingCriteria

from pipeline.errors import ModelError
from pipeline.models.transformers_chat.turn import Turn
from pipeline.models.transformers_chat.vocabulary import Vocabulary

_WORD_BITS = 32


class Choice(LogitsProcessor):  # type: ignore[misc]  # transformers is not typed
    """Leaves each row the tokens that its grammar allows, and mixes in noise where a temperature is asked for.

    The loop takes the largest score. With standard Gumbel noise added to scores divided by the temperature, the largest
    is a sample of their softmax (Gumbel 1954), so that greedy and sampled requests share a batch.
    """

    def __init__(self, turns: Sequence[Turn], vocabulary: Vocabulary) -> None:
        self._turns = turns
        self._vocabulary = vocabulary
        self.scores = torch.empty(0)
        """Of the present step, masked, without noise: (rows, tokens)."""

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Mask, then mix."""
        del input_ids  # grammars heard the last tokens already
        self.scores = self._masked(scores)
        return self._mixed(self.scores)

    def _masked(self, scores: torch.Tensor) -> torch.Tensor:
        if all(turn.grammar is None for turn in self._turns):
            return scores
        words = -(-scores.shape[1] // _WORD_BITS)
        allowed = torch.full((len(self._turns), words), -1, dtype=torch.int32)
        for row, turn in enumerate(self._turns):
            if turn.grammar is not None and not turn.done:
                self._allow(allowed[row], turn)
        allowed = allowed.to(scores.device)
        bits = torch.arange(_WORD_BITS, dtype=torch.int32, device=scores.device)
        open_tokens = ((allowed.unsqueeze(-1) >> bits) & 1).flatten(1)[:, : scores.shape[1]].bool()
        return scores.masked_fill(~open_tokens, -torch.inf)

    @staticmethod
    def _allow(row: torch.Tensor, turn: Turn) -> None:
        assert turn.grammar is not None
        try:
            mask = turn.grammar.mask()
        except ModelError as error:
            turn.fail(error)
        else:
            row.copy_(torch.frombuffer(bytearray(mask), dtype=torch.int32)[: len(row)])

    def _mixed(self, scores: torch.Tensor) -> torch.Tensor:
        temperatures = [turn.request.temperature for turn in self._turns]
        if not any(temperatures):
            return scores
        heat = torch.tensor(temperatures, device=scores.device).unsqueeze(1)
        # A draw of zero would be infinite noise, and not a number where a token is forbidden.
        noise = -torch.empty_like(scores).exponential_().clamp_(min=1e-20).log()
        return torch.where(heat > 0, scores / heat.clamp(min=1e-6) + noise, scores)


class Hearing(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    """Tells each row's turn what was chosen, and the loop which rows are done."""

    def __init__(
        self, turns: Sequence[Turn], vocabulary: Vocabulary, choice: Choice, ended: Callable[[], bool]
    ) -> None:
        self._turns = turns
        self._vocabulary = vocabulary
        self._choice = choice
        self._ended = ended
        self._scored = any(turn.request.scores for turn in turns)

    def __call__(self, input_ids: torch.LongTensor, scores: object, **kwargs: object) -> torch.BoolTensor:
        """Rows that are done: (rows,)."""
        del scores, kwargs
        chosen = input_ids[:, -1]
        logprobs = self._logprobs(chosen)
        for turn, token, logprob in zip(self._turns, chosen.tolist(), logprobs, strict=True):
            turn.say(token, self._vocabulary.word(token), logprob)
        ended = self._ended()
        return torch.tensor([ended or turn.done for turn in self._turns], device=input_ids.device)

    def _logprobs(self, chosen: torch.Tensor) -> list[float]:
        if not self._scored:
            return [0.0] * len(self._turns)
        scores = self._choice.scores
        picked = scores.gather(1, chosen.unsqueeze(1)).squeeze(1) - scores.logsumexp(1)
        # Rounding may leave a forced token a hair off zero.
        return [min(0.0, each) for each in picked.tolist()]
