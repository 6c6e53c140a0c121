"""The process on a GPU host: one engine, and the stages that need it."""

import threading
from dataclasses import dataclass, field, replace

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import ModelServer, OpenAIChatModel
from pipeline.models.feeding import Feeder
from pipeline.settings import Settings
from workers.backoff import RestartPolicy
from workers.bootstrap import Process, build, close
from workers.gpu.command import Command, Place
from workers.gpu.doubting import DoubtingChat
from workers.gpu.exporter import Exporter
from workers.gpu.gate import Gate
from workers.gpu.presets import Preset
from workers.gpu.supervisor import Supervisor, Timing
from workers.logs import configure
from workers.runner import Runner
from workers.stopping import stop_event

LOOK_SECONDS = 0.2
REQUESTS_PER_STAGE = 4
"""Windows of one document that are sent at once, on average: enough to fill the engine, far below what it queues."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is run: the engine, and how much of the queue `infer` at a time."""

    preset: Preset
    place: Place
    command: Command
    stages: int
    timing: Timing = field(default_factory=Timing)
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 9108


def settings_for(settings: Settings, plan: Plan) -> Settings:
    """The settings of this process: the queue `infer` only, and the supervised engine as the model."""
    jobs = settings.jobs.model_copy(
        update={"read_threads": 0, "infer_threads": plan.stages, "index_threads": 0, "deliver_threads": 0}
    )
    return settings.model_copy(update={"jobs": jobs, "chat": chat_for(settings, plan)})


def chat_for(settings: Settings, plan: Plan) -> OpenAIChatModel:
    """The engine as a chat model; prices and patience as they are configured for another OpenAI-compatible server."""
    configured = settings.chat if isinstance(settings.chat, OpenAIChatModel) else None
    key = configured.servers[0].api_key if configured else None
    tokenizer = plan.place.model / "tokenizer.json" if plan.place.model else None
    about = {
        "model": plan.command.served_as,
        "servers": [ModelServer(url=f"{plan.command.url}/v1", api_key=key)],
        "dialect": "vllm",
        "context_tokens": plan.preset.context_tokens,
        "max_images": plan.preset.images,
        "parallel": REQUESTS_PER_STAGE * plan.stages,
        "tokenizer": tokenizer if tokenizer and tokenizer.is_file() else None,
    }
    return configured.model_copy(update=about) if configured else OpenAIChatModel.model_validate(about)


def work(settings: Settings, plan: Plan) -> None:
    """Run until SIGTERM or SIGINT, then give back what takes too long and end the engine.

    Raises:
        SettingsError: the settings cannot be worked with, or an address is taken.
        ModelUnavailable: the engine does not stay up.
    """
    configure(settings.log_level, settings.log_format)
    stop = stop_event()
    process = build(settings_for(settings, plan), owns_index=False)
    try:
        supervisor = Supervisor(plan.command, plan.policy, plan.timing, lost=lambda: gate.lost())  # noqa: PLW0108 - made below
        gate = Gate(lambda: supervisor.healthy, lambda: supervisor.figures, max_waiting=plan.stages)
        _serve(process, plan, supervisor, gate, stop)
    finally:
        close(process.services)


def _serve(process: Process, plan: Plan, supervisor: Supervisor, gate: Gate, stop: threading.Event) -> None:
    exporter = Exporter(supervisor, gate, plan.metrics_host, plan.metrics_port)
    assert process.services.chat is not None

    def doubt() -> None:
        supervisor.doubt()
        gate.doubt()

    chat = Feeder(DoubtingChat(process.services.chat, doubt))  # outermost: it is asked for documents' turns
    runner = Runner(replace(process.services, chat=chat), process.app, process.slots, None, gate)
    try:
        exporter.start()
        supervisor.start()
        runner.start()
        while not stop.is_set():
            if supervisor.wait_failed(LOOK_SECONDS):
                last = "\n".join(supervisor.last_words)
                raise ModelUnavailable(f"the engine does not stay up; its last words:\n{last}")
    finally:
        # The engine answers on while running stages end.
        runner.close()
        supervisor.close()
        exporter.close()
