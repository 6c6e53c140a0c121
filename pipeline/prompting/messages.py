"""Windows as messages.

First what is the same for all requests of a kind, byte for byte, so that a server's prefix cache hits; then the
window's parts, each between its fences, the picture before the text; last what is asked of them.
"""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.models.chat import ImagePart, Message, Part
from pipeline.models.tokens import Tokens
from pipeline.prompting.fences import closing, neutral, opening
from pipeline.prompting.templates import Prompt
from pipeline.prompting.windows import Material, PartForm, Window

NOT_SHOWN = "(The picture of this page could not be made.)\n"
EMPTY = "(No text was found here.)\n"


def build(prompt: Prompt, window: Window | None = None, material: Material | None = None) -> list[Message]:
    """The request's messages; without a window only the prompt's own words.

    Raises:
        ParserError: a page could not be rendered.
    """
    shown: list[Part] = []
    if window is not None:
        assert material is not None, "a window is shown from its document"
        wanted = {form.number: form.canvas for form in window.forms if form.canvas is not None}
        pictures = material.images(wanted) if wanted else {}
        shown = [part for form in window.forms for part in _shown(form, material, pictures)]
    system = [Message(role="system", parts=[prompt.system])] if prompt.system else []
    return [*system, Message(role="user", parts=list(_joined([prompt.instructions, *shown, prompt.request])))]


def follow(messages: Sequence[Message], answer: str, prompt: Prompt) -> list[Message]:
    """A further turn: the messages so far, what the model answered to them, and what is now asked of it.

    All that was sent before stays as it was, so a server finds it in its cache, pictures included.
    """
    return [
        *messages,
        Message(role="assistant", parts=[neutral(answer)]),
        Message(role="user", parts=[prompt.instructions + prompt.request]),
    ]


def text_of(form: PartForm, material: Material) -> str:
    """The text of a part as it is sent, without its fence."""
    if not form.text:
        return ""
    text = material.text(form.number)
    start, stop = form.span or (0, len(text))
    text = neutral(text[start:stop]).strip()
    return f"{text}\n" if text else ""


def tokens_of(prompt: Prompt, tokens: Tokens) -> int:
    """What a prompt costs around its window, turns included."""
    texts = (prompt.system, prompt.instructions, prompt.request)
    turns = 2 if prompt.system else 1
    return tokens.prompt + turns * tokens.turn + sum(tokens.text(text) for text in texts)


def _shown(form: PartForm, material: Material, pictures: Mapping[int, ImagePart]) -> Iterator[Part]:
    picture = pictures.get(form.number) if form.canvas is not None else None
    text = text_of(form, material)
    yield opening(form)
    if picture is not None:
        yield picture
    elif form.canvas is not None:
        yield NOT_SHOWN
    elif not text:
        yield EMPTY
    yield text
    yield closing(form)


def _joined(parts: Sequence[Part]) -> Iterator[Part]:
    """Neighbouring texts as one; a window without pictures is one text."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        yield "".join(texts)
        texts = []
        yield part
    if texts:
        yield "".join(texts)
