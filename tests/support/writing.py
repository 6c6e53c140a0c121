"""A chat model that quotes passages, while something happens."""

from collections.abc import Callable, Iterator

from pipeline.models.chat import ChatAnswer, ChatRequest
from pipeline.models.scripted import Script, ScriptedChatModel


class Writing(ScriptedChatModel):
    """Says each sentence with the number of its passage, and does something before some of them."""

    def __init__(self, *turns: list[str | Callable[[], object] | Exception]) -> None:
        super().__init__(Script(model="llama", steps=[]))
        self.turns = [*turns]

    def stream(self, request: ChatRequest, stopped: Callable[[], bool] = lambda: False) -> Iterator[str | ChatAnswer]:
        shown = "\n".join(part for message in request.messages for part in message.parts if isinstance(part, str))
        for turn in self.turns.pop(0):
            if isinstance(turn, Exception):
                raise turn
            if isinstance(turn, str):
                number = shown[: shown.index(turn)].rsplit('number="', 1)[1].split('"', 1)[0] if turn in shown else "9"
                yield f"{turn} [{number}] "
            else:
                yield "- "  # shows that the sentence before is whole
                turn()
        yield ChatAnswer(text="", finish_reason="stop", input_tokens=1, output_tokens=1, model="llama")
