"""What each kind of process takes of the service's work, where there are several."""

from collections.abc import Sequence

from pipeline.errors import SettingsError
from pipeline.jobs.doorbell import QUEUES, Queue
from pipeline.model_settings import NoChatModel, NoTranscriber
from pipeline.settings import EdgeVectors, MemoryDoorbell, Settings


def check_shared(settings: Settings) -> None:
    """Whether processes can hear each other's rings.

    Raises:
        SettingsError: the doorbell is one process's own.
    """
    if isinstance(settings.doorbell, MemoryDoorbell):
        raise SettingsError("several processes need doorbell.kind redis; `sheaf up` runs all in one", keys=["doorbell"])


def for_queues(settings: Settings, queues: Sequence[Queue]) -> Settings:
    """The settings of a process that works on these queues and no other."""
    others = {f"{queue}_threads": 0 for queue in QUEUES if queue not in queues}
    return settings.model_copy(update={"jobs": settings.jobs.model_copy(update=others)})


def for_api(settings: Settings) -> Settings:
    """The settings of an API process: it answers, and works on `index` only where the embedded index is its own."""
    return for_queues(settings, ["index"] if isinstance(settings.vectors, EdgeVectors) else [])


def for_sweeper(settings: Settings) -> Settings:
    """The settings of a process that only sweeps: no queues, and none of the models that they need."""
    none = {"chat": NoChatModel(), "chat_small": NoChatModel(), "transcriber": NoTranscriber()}
    return for_queues(settings, []).model_copy(update=none)


def worker_queues(settings: Settings, wanted: str | None) -> list[Queue]:
    """The queues of a comma list; by default all that a worker may have.

    Raises:
        SettingsError: there is no such queue, it has no threads, or the index belongs to the API process.
    """
    embedded = isinstance(settings.vectors, EdgeVectors)
    if wanted is None:
        return [queue for queue in QUEUES if queue != "index" or not embedded]
    names = {name.strip() for name in wanted.split(",")}
    queues = [queue for queue in QUEUES if queue in names]
    for name in sorted(names.difference(queues)):
        raise SettingsError(f"there is no queue {name!r}; there are {', '.join(QUEUES)}", queue=name)
    if embedded and "index" in queues:
        raise SettingsError(
            "vectors.kind is edge: the index belongs to the API process, which works on the queue index itself; "
            "workers can have it with a Qdrant server (vectors.kind qdrant)",
            queue="index",
        )
    for queue in queues:
        if getattr(settings.jobs, f"{queue}_threads") == 0:
            raise SettingsError(f"jobs.{queue}_threads is 0: nobody would work on {queue}", queue=queue)
    return queues
