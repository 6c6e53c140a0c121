"""Which process takes which queues."""

import pytest

from pipeline.errors import SettingsError
from pipeline.model_settings import NoChatModel, ScriptedChatModel
from pipeline.settings import Jobs, QdrantVectors, RedisDoorbell, Settings
from workers.bootstrap import queue_sizes
from workers.roles import check_shared, for_api, for_queues, for_sweeper, worker_queues

EMBEDDED = Settings(doorbell=RedisDoorbell())
SERVER = Settings(doorbell=RedisDoorbell(), vectors=QdrantVectors(url="http://qdrant:6333"))


def working(settings: Settings) -> set[str]:
    return {queue for queue, threads in queue_sizes(settings.jobs).items() if threads}


def test_the_api_process_has_the_queue_of_an_embedded_index_and_no_other() -> None:
    assert working(for_api(EMBEDDED)) == {"index"}
    assert working(for_api(SERVER)) == set()


def test_a_worker_has_all_queues_but_the_one_of_an_embedded_index() -> None:
    assert worker_queues(EMBEDDED, None) == ["read", "infer", "deliver"]
    assert worker_queues(SERVER, None) == ["read", "infer", "index", "deliver"]


def test_a_worker_has_the_queues_that_it_is_told() -> None:
    assert worker_queues(SERVER, "index, read") == ["read", "index"]
    assert working(for_queues(SERVER, ["read", "index"])) == {"read", "index"}


@pytest.mark.parametrize(
    ("settings", "wanted", "said"),
    [
        (EMBEDDED, "read,index", "belongs to the API process"),
        (EMBEDDED, "raed", "no queue 'raed'"),
        (EMBEDDED, "", "no queue ''"),
        (EMBEDDED.model_copy(update={"jobs": Jobs(read_threads=0)}), "read", "jobs.read_threads is 0"),
    ],
)
def test_a_queue_that_a_worker_cannot_have_is_refused(settings: Settings, wanted: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        worker_queues(settings, wanted)


def test_a_sweeper_has_no_queue_and_no_model(tmp_path) -> None:
    settings = for_sweeper(SERVER.model_copy(update={"chat": ScriptedChatModel(path=tmp_path / "script.json")}))
    assert working(settings) == set()
    assert isinstance(settings.chat, NoChatModel)
    assert settings.transcriber.kind == "none"


def test_processes_that_could_not_hear_each_other_are_refused() -> None:
    check_shared(EMBEDDED)
    with pytest.raises(SettingsError, match=r"doorbell\.kind redis"):
        check_shared(Settings())
