"""Summaries by a chat model: one pass where the document fits the context, notes and then a summary of them where not.

Every sentence comes with the words it rests on; whether the document holds them is seen to by `placing`.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.errors import AnswerCut, AnswerInvalid, ContextExceeded, ModelRefused
from pipeline.models.chat import ChatAnswer, ChatModel, ChatRequest, Message, complete
from pipeline.prompting.fences import fenced
from pipeline.prompting.messages import build, follow, tokens_of
from pipeline.prompting.planning import Budget, plan
from pipeline.prompting.profiles import Profile
from pipeline.prompting.templates import Prompt, render
from pipeline.prompting.windows import Material, Window
from pipeline.summarizing.notes import MOST_NOTES, MOST_SENTENCES, Drawn, Note, Reduced, Told, schema_of
from pipeline.tracing.current import carried

ANSWER_TOKENS = 4_096
MOST_ROUNDS = 4
"""Of reducing notes; each makes at most a quarter of them."""
Said = TypeVar("Said", bound=BaseModel)


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Summarizer:
    """Asks one model about one document."""

    model: ChatModel
    material: Material
    language: str
    """In which to write; its name or code."""
    stopped: Callable[[], bool] = _never
    progress: Callable[[float], None] = lambda _: None

    @property
    def room(self) -> int:
        """Tokens of the context that a document may take."""
        prompts = (self._summarize(), self._map())
        around = max(tokens_of(prompt, self.model.tokens) for prompt in prompts)
        return self.model.capabilities.context_tokens - 2 * ANSWER_TOKENS - around

    def summarize(self, profiles: Sequence[Profile]) -> list[Note]:
        """The summary's sentences in order, each with its place as the model gives it.

        Raises:
            ContextExceeded: the model's context is too small for any of the document.
            AnswerInvalid: the model's answer was no such JSON, twice.
            AnswerCut: its answer was cut.
            ModelRefused: it declined.
            ModelError: it failed.
        """
        if self.room < ANSWER_TOKENS:
            raise ContextExceeded(f"a context of {self.model.capabilities.context_tokens} tokens is too small")
        budget = Budget(tokens=self.room, images=self.model.capabilities.images, overlap=False)
        windows = plan(profiles, self.model.tokens, budget)
        if len(windows) == 1:
            return self._ask(self._summarize(), Told, windows[0]).sentences[:MOST_SENTENCES]
        notes = [note for told in self._mapped(windows) for note in told]
        for _ in range(MOST_ROUNDS):
            batches = list(self._batches(notes))
            notes = [note for batch in batches for note in self._reduced(batch)]
            if len(batches) <= 1:
                break
        return notes[:MOST_SENTENCES]

    def _mapped(self, windows: Sequence[Window]) -> Iterator[list[Note]]:
        with ThreadPoolExecutor(max(1, self.model.capabilities.parallel)) as pool:
            asked = [pool.submit(carried(self._ask), self._map(), Told, window) for window in windows]
            try:
                for number, each in enumerate(asked, start=1):
                    yield each.result().sentences
                    self.progress(0.9 * number / len(asked))
            finally:
                for each in asked:
                    each.cancel()

    def _reduced(self, notes: Sequence[Note]) -> list[Note]:
        """Sentences with the place of the first note that each rests on; one that rests on none is left out."""
        if not notes:
            return []
        found: list[Note] = []
        for drawn in self._ask(self._reduce(notes), Reduced).sentences:
            first = _first(drawn, notes)
            if first is not None:
                found.append(Note(text=drawn.text, page=first.page, quote=first.quote))
        return found

    def _batches(self, notes: Sequence[Note]) -> Iterator[Sequence[Note]]:
        """Notes that fit one request together."""
        start, used = 0, 0
        for index, note in enumerate(notes):
            tokens = self.model.tokens.text(f'<note number="00000" page="{note.page}">\n{note.text}\n</note>\n')
            if used + tokens > self.room and index > start:
                yield notes[start:index]
                start, used = index, 0
            used += tokens
        yield notes[start:]

    def _ask(self, prompt: Prompt, kind: type[Said], window: Window | None = None) -> Said:
        messages = build(prompt, window, self.material if window else None)
        answer = self._complete(messages, kind)
        try:
            return kind.model_validate_json(answer.text)
        except ValidationError as error:
            repair = render("repair", errors=_told(error))
        answer = self._complete(follow(messages, answer.text, repair), kind)
        try:
            return kind.model_validate_json(answer.text)
        except ValidationError as error:
            raise AnswerInvalid("the model's summary is not the JSON asked for", errors=_faults(error)) from error

    def _complete(self, messages: Sequence[Message], kind: type[BaseModel]) -> ChatAnswer:
        request = ChatRequest(messages=messages, max_tokens=ANSWER_TOKENS, json_schema=schema_of(kind))
        answer = complete(self.model, request, self.stopped)
        if answer.finish_reason == "refusal":
            raise ModelRefused
        if answer.finish_reason == "length":
            raise AnswerCut
        return answer

    def _summarize(self) -> Prompt:
        return render("summarize", language=self.language, sentences=str(MOST_SENTENCES))

    def _map(self) -> Prompt:
        return render("map", language=self.language, sentences=str(MOST_NOTES))

    def _reduce(self, notes: Sequence[Note]) -> Prompt:
        items = [(note.text, {"number": number, "page": note.page}) for number, note in enumerate(notes, start=1)]
        return render("reduce", language=self.language, sentences=str(MOST_SENTENCES), notes=fenced("note", items))


def _first(drawn: Drawn, notes: Sequence[Note]) -> Note | None:
    return next((notes[number - 1] for number in drawn.notes if 1 <= number <= len(notes)), None)


def _told(error: ValidationError) -> str:
    return "\n".join(f"{fault['path'] or 'the answer'}: {fault['message']}" for fault in _faults(error))


def _faults(error: ValidationError) -> list[dict[str, str]]:
    return [{"path": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()[:10]]
