"""Counting and cutting texts by a model's own tokenizer, or by a bound that holds for every model."""

from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError

ENDS = 2
"""Special tokens around a text, where the tokenizer is not known."""


class TextTokens:
    """The tokens of texts, the special ones included.

    Without a tokenizer a byte of UTF-8 counts as a token: byte-level BPE begins with bytes, WordPiece with characters,
    and SentencePiece falls back to bytes. Only a normalization that writes out rare ligatures makes more of them.

    Raises:
        SettingsError: the file is no `tokenizer.json`.
    """

    def __init__(self, path: Path | None) -> None:
        self._tokenizer = None if path is None else _load(path)

    @property
    def exact(self) -> bool:
        """Whether it counts what the model counts."""
        return self._tokenizer is not None

    def count(self, text: str) -> int:
        """Tokens of the text, never cut."""
        text = encodable(text)
        if self._tokenizer is None:
            return len(text.encode()) + ENDS
        return len(self._tokenizer.encode(text).ids)

    def cut(self, text: str, most: int) -> str:
        """The text's beginning that has at most so many tokens; all of it where it fits."""
        text = encodable(text)
        if self._tokenizer is None:
            return text.encode()[: most - ENDS].decode("utf-8", "ignore")
        while (excess := self.count(text) - most) > 0:
            # Where a token was cut off, what is left may be other tokens: counted again, until it fits.
            ends = [end for _, end in self._tokenizer.encode(text, add_special_tokens=False).offsets]
            kept = ends[-excess - 1] if len(ends) > excess else 0
            text = text[: min(kept, len(text) - 1)]
        return text

    def check_room(self, prefix: str, most: int) -> None:
        """Whether the prefix leaves at least half of the tokens for a text.

        Raises:
            SettingsError: it does not.
        """
        if self.count(prefix) * 2 > most:
            message = f"embedder: the prefix {prefix!r} takes more than half of max_tokens, which is {most}"
            raise SettingsError(message)


def encodable(text: str) -> str:
    """Half a surrogate pair, as broken files hold them, cannot be sent."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _load(path: Path) -> Any:  # noqa: ANN401 - tokenizers has no types
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"embedder.tokenizer: {path} cannot be read: {error.strerror}") from error
    except Exception as error:  # the library raises bare exceptions
        raise SettingsError(f"embedder.tokenizer: {path} is no tokenizer.json") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
