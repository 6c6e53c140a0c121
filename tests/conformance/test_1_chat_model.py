"""The adapter `openai` against a real vLLM: the port's contract, exact token counts, and what is let go of."""

import io
import json

import httpx
import jsonschema
import pytest
from PIL import Image

from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.chat import ChatModel, ChatRequest, ImagePart, Message, complete, count_tokens
from pipeline.models.llama4 import image_tokens
from pipeline.models.openai_api.dialects import dialect_named
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.openai_api.wire import messages_body
from pipeline.models.scripted import Step
from tests.support.chat_models import SCHEMA, ChatModelContract, user
from tests.support.gpu_worker import GpuWorker
from tests.support.waiting import until
from workers.gpu.figures import EngineFigures, parse_figures


class TestContract(ChatModelContract):
    @pytest.fixture(autouse=True)
    def _given(self, model: OpenAIChatModel) -> None:
        self._model = model

    def model(self, *steps: Step) -> ChatModel:
        del steps  # a live model says what it says
        return self._model


def charged(worker: GpuWorker, parts: list[str | ImagePart]) -> int:
    """Prompt tokens by the server's own account of an answer."""
    body = {
        "model": "llama-4-tiny",
        "max_tokens": 1,
        "messages": messages_body([Message(role="user", parts=parts)], dialect_named("vllm")),
    }
    answer = httpx.post(f"{worker.engine_url}/v1/chat/completions", json=body, timeout=60).raise_for_status()
    return int(answer.json()["usage"]["prompt_tokens"])


def picture(width: int, height: int) -> ImagePart:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "lightgray").save(out, "PNG")
    return ImagePart(data=out.getvalue(), media_type="image/png", width=width, height=height)


TEXTS = ["a", "Total: 12.50 €", "Grüße, 契約 🙂", "line\n\n\tline", "word " * 500 + "end", '{"a": [1, 2]}']


@pytest.mark.parametrize("text", TEXTS)
def test_texts_count_as_the_server_charges_them(worker: GpuWorker, model: OpenAIChatModel, text: str) -> None:
    around = charged(worker, ["x"]) - model.tokens.text("x")
    assert charged(worker, [text]) == around + model.tokens.text(text)
    assert model.count_tokens([user(text)]) == around + model.tokens.text(text)


SIZES = [
    (336, 336),
    (337, 336),
    (595, 842),
    (1240, 1754),
    (1008, 1680),
    (1344, 1344),
    (1700, 2200),
    (600, 2400),
    (40, 20),
]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_images_count_as_the_server_charges_them(
    worker: GpuWorker, model: OpenAIChatModel, width: int, height: int
) -> None:
    around = charged(worker, ["x"])
    image = picture(width, height)
    assert charged(worker, ["x", image]) == around + image_tokens(width, height)
    assert model.count_tokens([user("x", image)]) == around + image_tokens(width, height)


def test_what_we_count_without_the_server_is_never_less_than_it_charges(
    worker: GpuWorker, model: OpenAIChatModel
) -> None:
    """The template's marks are the same in every Llama 4; its words are single tokens in the real tokenizer only."""
    words = len("user") + len("assistant") + len("\n\n") * 2 - 4
    ours = count_tokens(model.tokens, [user("Total", picture(600, 800))])
    assert 0 <= ours - (charged(worker, ["Total", picture(600, 800)]) - words) <= 8


def test_an_answer_that_nobody_reads_any_more_frees_the_server(worker: GpuWorker, settings: Settings) -> None:
    def figures() -> EngineFigures:
        return parse_figures(httpx.get(f"{worker.engine_url}/metrics", timeout=60).text)

    # Long enough that it still goes on when the server's figures are asked for, however fast the machine. A schema says
    # so: left to itself, a model of random weights ends when chance says so.
    long = ChatRequest(messages=[user("Count up.")], max_tokens=8_000, json_schema={"enum": ["0123456789" * 1_000]})
    model = OpenAIChatModel(settings.model_copy(update={"max_output_tokens": None}))
    before = figures().generation_tokens_total
    try:
        stream = model.stream(long)
        next(stream)
        until(lambda: figures().running == 1)
        stream.close()  # type: ignore[attr-defined] - iterators of this port are generators
        until(lambda: figures().running == 0)
    finally:
        model.close()
    assert 0 < figures().generation_tokens_total - before < 6_000


def test_a_page_and_a_schema_give_json_that_fits(worker: GpuWorker, model: OpenAIChatModel) -> None:
    messages = [user("Read.", picture(1008, 1680))]
    request = ChatRequest(messages=messages, max_tokens=200, json_schema=SCHEMA, scores=True)
    answer = complete(model, request)
    jsonschema.validate(json.loads(answer.text), SCHEMA)
    assert answer.scores is not None
    assert "\n" not in answer.text, "whitespace is switched off"
