"""The contract of `ChatModel` for OpenAI-compatible servers: a fake one of each make, and a live one where there is."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from pipeline.model_settings import ModelServer
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.chat import ChatModel
from pipeline.models.openai_api.dialects import DIALECTS
from pipeline.models.openai_api.model import OpenAIChatModel
from pipeline.models.scripted import Step
from tests.support.chat_models import ChatModelContract, ScriptedBehaviour
from tests.support.model_servers import CONTEXT, MAKES, MODEL, model_server

LIVE = os.environ.get("SHEAF_TEST_CHAT_URL")
HOSTED = {"together", "groq"}
"""Recognized by their address, which a fake cannot have."""


class TestOpenAI(ChatModelContract, ScriptedBehaviour):
    @pytest.fixture(autouse=True, params=sorted(MAKES))
    def opened(self, request: pytest.FixtureRequest) -> Iterator[ExitStack]:
        self.make = request.param
        with ExitStack() as self.stack:
            yield self.stack

    def model(self, *steps: Step) -> ChatModel:
        server = self.stack.enter_context(model_server(*steps, make=self.make))
        settings = Settings(
            model=MODEL,
            servers=[ModelServer(url=server.url)],
            dialect=self.make if self.make in HOSTED else "auto",  # type: ignore[arg-type]
            context_tokens=CONTEXT,
        )
        model = OpenAIChatModel(settings)
        self.stack.callback(model.close)
        return model


if LIVE is not None:

    class TestLiveServer(ChatModelContract):
        """A real server: its address in `SHEAF_TEST_CHAT_URL`, the model's name in `SHEAF_TEST_CHAT_MODEL`.

        `SHEAF_TEST_CHAT_MAX_TILES` is its processor's, and `SHEAF_TEST_CHAT_MAX_IMAGES` 0 for a model that sees none.
        """

        @pytest.fixture(scope="class")
        @classmethod
        def live(cls) -> Iterator[ChatModel]:
            settings = Settings(
                model=os.environ.get("SHEAF_TEST_CHAT_MODEL", "llama4-tiny"),
                servers=[ModelServer(url=LIVE)],
                max_tiles=int(os.environ.get("SHEAF_TEST_CHAT_MAX_TILES", "16")),
                max_images=int(os.environ.get("SHEAF_TEST_CHAT_MAX_IMAGES", "10")),
            )
            model = OpenAIChatModel(settings)
            yield model
            model.close()

        @pytest.fixture(autouse=True)
        def _use(self, live: ChatModel) -> None:
            self._live = live

        def model(self, *steps: Step) -> ChatModel:
            del steps
            return self._live


def test_every_dialect_has_a_fake_server() -> None:
    assert {dialect.name for dialect in DIALECTS} == set(MAKES)
