"""A service and a GPU worker whose engine is a real vLLM with a tiny Llama 4, for the whole session."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.model_settings import ModelServer
from pipeline.model_settings import OpenAIChatModel as Settings
from pipeline.models.openai_api.model import OpenAIChatModel
from tests.conformance.environment import ROOT, program
from tests.support.gpu_worker import GpuWorker, working
from tests.support.servers import free_port, missing
from tests.support.service import running
from workers.gpu.presets import CPU

START_SECONDS = 400.0
BUILD_SECONDS = 200
ANSWER_TOKENS = 300
"""Random weights seldom come to an end by themselves."""


@pytest.fixture(scope="session")
def vllm() -> Path:
    """The program of the environment that `make conformance` makes."""
    if not program().exists():
        missing("a CPU build of vLLM (make conformance)")
    return program()


@pytest.fixture(scope="session")
def checkpoint(vllm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Llama 4, made by the transformers of vLLM's own environment."""
    folder = tmp_path_factory.mktemp("llama-4-tiny")
    python = vllm.resolve().parent / "python"
    build = [python, "-m", "tests.support.tiny_llama4", folder]
    # What is compiled here is not compiled again by each of vLLM's processes.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(build, cwd=ROOT, env=environment, check=True, timeout=BUILD_SECONDS, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by the service and the worker."""
    return tmp_path_factory.mktemp("sheaf") / "data"


@pytest.fixture(scope="session")
def port() -> int:
    """Where the engine answers."""
    return free_port()


@pytest.fixture(scope="session")
def settings(checkpoint: Path, port: int) -> Settings:
    """The engine as a chat model."""
    return Settings(
        model=CPU.served_as,
        servers=[ModelServer(url=f"http://127.0.0.1:{port}/v1")],
        tokenizer=checkpoint / "tokenizer.json",
        max_output_tokens=ANSWER_TOKENS,
    )


@pytest.fixture(scope="session")
def service(data_dir: Path, settings: Settings) -> Iterator[httpx.Client]:
    """A client of `sheaf up`, which leaves extractions and summaries to the worker."""
    chat = json.dumps(settings.model_dump(mode="json", exclude_defaults=True) | {"kind": "openai"})
    infer = {"SHEAF_JOBS__INFER_THREADS": "0", "SHEAF_TRANSCRIBER__KIND": "none", "SHEAF_CHAT": chat}
    with running(data_dir, **infer) as up, up.client() as client:
        yield client


@pytest.fixture(scope="session")
def worker(
    data_dir: Path, vllm: Path, checkpoint: Path, port: int, settings: Settings, service: httpx.Client
) -> Iterator[GpuWorker]:
    """`sheaf gpu-worker`, its engine up."""
    del service  # the service is there first
    chat = json.dumps(settings.model_dump(mode="json", exclude_defaults=True) | {"kind": "openai"})
    more = {"SHEAF_TRANSCRIBER__KIND": "none", "SHEAF_CHAT": chat}
    with working(data_dir, vllm, checkpoint, START_SECONDS, port=port, **more) as made:
        yield made


@pytest.fixture
def model(worker: GpuWorker, settings: Settings) -> Iterator[OpenAIChatModel]:
    """The adapter on the worker's engine."""
    del worker
    made = OpenAIChatModel(settings)
    yield made
    made.close()
