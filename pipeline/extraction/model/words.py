"""What is said to a model about one document: prompts of the package, filled in for one schema."""

from collections.abc import Sequence
from typing import Any

from pipeline.extraction.model.windows import Messages
from pipeline.models.tokens import Tokens
from pipeline.prompting import messages
from pipeline.prompting.templates import render, schema_text
from pipeline.prompting.windows import Material, Window
from schemas import exact_json

MAX_LAST = 2_000
"""Characters of the row that is shown as the last one."""


class ExtractionWords:
    """The words for one schema and one document."""

    def __init__(self, schema: dict[str, Any], material: Material) -> None:
        self._prompt = render("extract", schema=schema_text(schema))
        self._material = material

    @property
    def prompt(self) -> str:
        """Name and version of the prompt."""
        return self._prompt.id

    def cost(self, tokens: Tokens) -> int:
        """Tokens of everything but the window."""
        return messages.tokens_of(self._prompt, tokens)

    def show(self, window: Window) -> Messages:
        """The request for one window."""
        return messages.build(self._prompt, window, self._material)

    def repair(self, sent: Messages, answer: str, faults: Sequence[str]) -> Messages:
        """The request again, with an answer to it and what is wrong with that."""
        return messages.follow(sent, answer, render("repair", errors="\n".join(f"- {fault}" for fault in faults)))

    def resume(self, sent: Messages, answer: str, path: str, count: int, last: Any) -> Messages:  # noqa: ANN401
        """The request again, with a cut answer to it: the rows of an array behind the last one are asked for."""
        shown = exact_json.dumps(last).decode()[:MAX_LAST]
        return messages.follow(sent, answer, render("continue", path=path, count=str(count), last=shown))
