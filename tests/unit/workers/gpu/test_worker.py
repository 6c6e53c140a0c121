"""What the worker makes of the settings, and of a model that fails."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.errors import ModelRejected, ModelUnavailable
from pipeline.model_settings import OpenAIChatModel
from pipeline.models.chat import ChatRequest, Message, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step
from pipeline.settings import Settings
from workers.gpu.command import Place, serve_command
from workers.gpu.doubting import DoubtingChat
from workers.gpu.presets import CPU, SCOUT_INT4
from workers.gpu.worker import Plan, settings_for

ASKED = ChatRequest(messages=[Message(role="user", parts=["What is the total?"])], max_tokens=16)


def plan(model: Path | None = None) -> Plan:
    preset, place = (SCOUT_INT4 if model is None else CPU), Place(model=model, port=8123)
    return Plan(preset=preset, place=place, command=serve_command(preset, place), stages=5)


def chat(settings: Settings, model: Path | None = None) -> OpenAIChatModel:
    chosen = settings_for(settings, plan(model)).chat
    assert isinstance(chosen, OpenAIChatModel)
    return chosen


def test_only_the_queue_infer_is_worked_on():
    jobs = settings_for(Settings(), plan()).jobs
    assert (jobs.read_threads, jobs.infer_threads, jobs.index_threads, jobs.deliver_threads) == (0, 5, 0, 0)


def test_the_supervised_engine_is_the_model():
    chosen = chat(Settings())
    assert (chosen.model, chosen.dialect, chosen.context_tokens) == ("llama-4-scout-int4", "vllm", 131_072)
    assert [server.url for server in chosen.servers] == ["http://127.0.0.1:8123/v1"]
    assert chosen.tokenizer is None


def test_texts_are_counted_by_the_checkpoints_tokenizer_where_it_lies_here(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    assert chat(Settings(), tmp_path).tokenizer is None
    (tmp_path / "tokenizer.json").write_text("{}")
    assert chat(Settings(), tmp_path).tokenizer == tmp_path / "tokenizer.json"


def test_prices_key_and_patience_are_the_configured_ones():
    configured = {
        "kind": "openai",
        "model": "other",
        "servers": [{"url": "http://elsewhere/v1", "api_key": "k"}],
        "timeout_seconds": 30,
        "prices": {"server_hour": 2.5},
    }
    chosen = chat(Settings(chat=configured))  # type: ignore[arg-type]  # as a file says it
    assert (chosen.model, chosen.timeout_seconds, chosen.prices.server_hour) == (
        SCOUT_INT4.served_as,
        30,
        Decimal("2.5"),
    )
    (server,) = chosen.servers
    assert server.api_key is not None
    assert (server.url, server.api_key.get_secret_value()) == ("http://127.0.0.1:8123/v1", "k")


def test_a_failure_that_the_engine_may_be_the_reason_of_raises_a_doubt_and_a_refusal_does_not():
    doubts: list[str] = []
    steps = [Step(behave="reject", text="bad grammar"), Step(behave="crash"), Step(text="there")]
    model = DoubtingChat(ScriptedChatModel(Script(steps=steps)), lambda: doubts.append("!"))
    with pytest.raises(ModelRejected):
        complete(model, ASKED)
    assert doubts == []
    with pytest.raises(ModelUnavailable):
        complete(model, ASKED)
    assert doubts == ["!"]
    assert complete(model, ASKED).text == "there"
    assert doubts == ["!"]
