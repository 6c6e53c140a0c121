"""The contract of the port `ChatModel` for the adapters that need no server, and what scripts add."""

import json
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.models.chat import ChatModel, complete
from pipeline.models.scripted import Script, ScriptedChatModel, Step, load_script
from tests.support.chat_models import ChatModelContract, ScriptedBehaviour, ask


class TestScripted(ChatModelContract, ScriptedBehaviour):
    def model(self, *steps: Step) -> ChatModel:
        return ScriptedChatModel(Script(steps=list(steps), context_tokens=8_000))


def test_a_script_file_makes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('{"model": "m-1", "steps": [{"value": {"total": 3}}]}')
    model = ScriptedChatModel(load_script(path))
    assert model.name == "m-1"
    assert json.loads(complete(model, ask()).text) == {"total": 3}


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "the file"), ('{"steps": [{"behave": "sing"}]}', "steps.0.behave"), ('{"steps": [], "tempo": 1}', "tempo")],
)
def test_a_file_that_is_no_script_is_a_settings_error_naming_the_fault(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "script.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=told):
        load_script(path)


def test_a_missing_script_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"chat\.path"):
        load_script(tmp_path / "none.json")
