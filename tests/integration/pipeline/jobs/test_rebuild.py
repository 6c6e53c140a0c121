"""Another embedding model: its index is filled beside the one in use, exchanged for it, and can be left again."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from pipeline.access.index_operator import IndexOperator
from pipeline.answering.corpus import INCOMPLETE, MEANING_ONLY, WORDS_ONLY, corpus_of
from pipeline.answering.search import search
from pipeline.errors import ConflictError, ModelRejected, ModelUnavailable, NotFound, VectorsUnavailable
from pipeline.indexing.shelves import Shelf
from pipeline.jobs.accept import accept
from pipeline.jobs.deletion import delete_document
from pipeline.jobs.generations import OpenGenerations
from pipeline.jobs.handlers.index import Index
from pipeline.jobs.options import JobOptions
from pipeline.jobs.rebuild import Rebuild, Step
from pipeline.services import Services
from pipeline.stores.records import annotations, artifacts, chunks, documents, generations, stages
from pipeline.stores.records.database import Database
from schemas.answers import Filters, SearchRequest
from tests.support.corpus import written
from tests.support.generations import Model, Openings, with_model
from tests.support.services import WORKSPACE, Scripted, handlers, make_services, text_upload, work_all

ROOT = Path(__file__).parents[4]


@pytest.fixture(params=["edge", "server"])
def openings(tmp_path: Path, request: pytest.FixtureRequest) -> Openings:
    return Openings(tmp_path / "index", [Model("old"), Model("new", 48)], server=request.param == "server")


@pytest.fixture
def edge_openings(tmp_path: Path) -> Openings:
    return Openings(tmp_path / "index", [Model("old"), Model("new", 48)])


@pytest.fixture
def base(sqlite_database: Database, tmp_path: Path) -> Services:
    made = make_services(sqlite_database, tmp_path / "data", vectors={"kind": "edge", "keep_previous_days": 0.0})
    made.vectors.close()
    return made


@pytest.fixture
def old(base: Services, openings: Openings) -> Iterator[Services]:
    """A service with some documents, indexed by the old model."""
    yield from filled(base, openings)


@pytest.fixture
def old_edge(base: Services, edge_openings: Openings) -> Iterator[Services]:
    yield from filled(base, edge_openings)


def filled(base: Services, openings: Openings) -> Iterator[Services]:
    services = with_model(base, openings, openings.models[0])
    for number in range(4):
        ingest(services, number)
    yield services
    services.vectors.close()


def ingest(services: Services, number: int, text: str = "", *, replaces: str | None = None) -> str:
    text = text or f"The quay number{number} is open at night."
    document = written(text)
    accepted = accept(
        services,
        text_upload(text.encode()),
        JobOptions(tasks=("index",)),
        workspace_id=WORKSPACE,
        actor="t",
        replaces=replaces,
    )
    reading = Scripted([document.model_dump_json().encode()], facts={"pages_total": None, "pages_failed": []})
    work_all(services, handlers(read=reading, index=Index()))
    return accepted.document_id


def restarted(services: Services, openings: Openings, model: int) -> Services:
    services.vectors.close()
    return with_model(services, openings, openings.models[model])


def rebuild_of(services: Services) -> Rebuild:
    assert isinstance(services.several, OpenGenerations)
    return Rebuild(services, services.several, "me")


def run(services: Services, *, limit: int = 50) -> list[Step]:
    rebuild, steps = rebuild_of(services), []
    while (step := rebuild.step()) is not Step.NOTHING:
        steps.append(step)
        assert len(steps) < limit
    return steps


def found(services: Services, query: str = "quay", **more: Any) -> list[str]:
    services.generations.shelves()  # what was decided meanwhile is known
    request = SearchRequest(query=query, limit=20, **more)
    return sorted(hit.text for hit in search(request, workspace_id=WORKSPACE, corpus=corpus_of(services)).items)


def quays(*numbers: int) -> list[str]:
    return [f"The quay number{number} is open at night." for number in numbers]


def statuses(services: Services) -> dict[int, str]:
    with services.database.read() as connection:
        return {row.number: row.status for row in generations.list_generations(connection)}


def counts(services: Services) -> list[int]:
    """Points in each generation."""
    assert isinstance(services.several, OpenGenerations)
    return [store.count(workspace_id=WORKSPACE) for store in services.several.stores()]


def asked(openings: Openings, model: int) -> list[str]:
    chosen = openings.models[model]
    assert isinstance(chosen, Model)
    return chosen.asked


def test_the_new_index_is_filled_beside_the_old_one_and_exchanged_when_it_is_complete(
    old: Services, openings: Openings
) -> None:
    services = restarted(old, openings, 1)
    assert statuses(services) == {1: "active", 2: "building"}
    rebuild = rebuild_of(services)
    for _ in range(4):
        assert rebuild.step() is Step.DONE
        assert found(services) == quays(0, 1, 2, 3)
        assert "quay" not in asked(openings, 1), "queries are embedded by the model of the index that is searched"
    assert rebuild.step() is Step.EXCHANGED
    assert statuses(services) == {1: "kept", 2: "active"}
    assert found(services) == quays(0, 1, 2, 3)
    assert asked(openings, 1)[-1] == "quay"
    assert (rebuild.step(), counts(services)) == (Step.NOTHING, [4, 4])


def test_going_back_takes_only_what_came_since(old: Services, openings: Openings) -> None:
    services = restarted(old, openings, 1)
    run(services)
    ingest(services, 7)
    assert counts(services) == [4, 5], "what is kept is not written to"
    services = restarted(services, openings, 0)
    assert statuses(services) == {1: "building", 2: "active"}
    asked(openings, 0).clear()
    assert found(services) == quays(0, 1, 2, 3, 7)
    assert run(services) == [Step.DONE, Step.EXCHANGED]
    assert asked(openings, 0) == quays(7)
    assert statuses(services) == {1: "active", 2: "kept"}
    assert found(services) == quays(0, 1, 2, 3, 7)


def test_a_change_of_mind_before_the_exchange_leaves_the_old_index_in_use(old: Services, openings: Openings) -> None:
    services = restarted(old, openings, 1)
    rebuild_of(services).step()
    services = restarted(services, openings, 0)
    assert statuses(services) == {1: "active", 2: "kept"}
    assert run(services) == []


def test_documents_that_come_change_and_go_meanwhile_are_in_both_or_in_neither(
    old: Services, openings: Openings
) -> None:
    with old.database.read() as connection:
        first, second, *_ = sorted(connection.execute(select(chunks.chunks.c.document_id)).scalars())
    services = restarted(old, openings, 1)
    rebuild = rebuild_of(services)
    assert rebuild.step() is Step.DONE
    ingest(services, 8)
    ingest(services, 9, "A changed quay.", replaces=first)
    receipt = delete_document(services, second, workspace_id=WORKSPACE, actor="t")
    assert receipt.vectors == 1
    assert counts(services) == [4, 2], "new and changed documents are written to both"
    before = found(services)
    assert "A changed quay." in before
    assert len(before) == 4
    assert run(services) == [Step.DONE, Step.DONE, Step.EXCHANGED]
    assert (found(services), counts(services)) == (before, [4, 4])
    third = ingest(services, 10)
    delete_document(services, third, workspace_id=WORKSPACE, actor="t")
    delete_document(services, first, workspace_id=WORKSPACE, actor="t")
    assert counts(services) == [3, 3], "what is kept forgets too"


def test_extracted_values_are_written_to_both(old: Services, openings: Openings) -> None:
    services = restarted(old, openings, 1)
    with services.database.read() as connection:
        document_id = str(connection.execute(select(chunks.chunks.c.document_id)).scalars().first())

    def annotate(total: int) -> None:
        fields = {"/total": [total]}
        services.vectors.set_fields(workspace_id=WORKSPACE, document_id=document_id, fields=fields)
        with services.database.write() as connection:
            annotations.replace_annotations(connection, document_id, revision=1, fields=fields)

    annotate(5)
    run(services)
    assert len(found(services, filters=Filters(where="fields./total = 5"))) == 1
    annotate(6)
    services = restarted(services, openings, 0)
    run(services)
    assert len(found(services, filters=Filters(where="fields./total = 6"))) == 1


def test_without_the_old_model_words_alone_are_searched_until_the_exchange(base: Services, openings: Openings) -> None:
    services = with_model(base, openings, Model("gone"))
    ingest(services, 1)
    services = restarted(services, openings, 1)
    assert found(services, "number1 quay") == quays(1)
    assert list(corpus_of(services).notices) == [WORDS_ONLY]
    ingest(services, 2)
    assert found(services, "number2") == quays(2)
    assert counts(services) == [2, 1]
    assert run(services) == [Step.DONE, Step.EXCHANGED]
    assert (found(services), list(corpus_of(services).notices)) == (quays(1, 2), [])
    services = replace(services, embedder=Model("gone"))
    services.vectors.close()
    again = with_model(services, replace(openings, models=[Model("gone"), openings.models[1]]), services.embedder)
    assert run(again) == [Step.DONE, Step.EXCHANGED], "the document that had no vector there is embedded"
    assert found(again) == quays(1, 2)


def test_an_index_with_other_words_is_searched_by_meaning(old_edge: Services, edge_openings: Openings) -> None:
    change_form(old_edge, terms=1)
    services = restarted(old_edge, edge_openings, 0)
    assert statuses(services) == {1: "active", 2: "building"}
    assert found(services, "the quay number3 is open at night")
    assert list(corpus_of(services).notices) == [MEANING_ONLY]
    run(services)
    assert list(corpus_of(services).notices) == []


def test_an_index_with_other_values_has_filters_decided_in_sql(old_edge: Services, edge_openings: Openings) -> None:
    change_form(old_edge, payload=1)
    services = restarted(old_edge, edge_openings, 0)
    with services.database.write() as connection:
        document_id = str(connection.execute(select(chunks.chunks.c.document_id)).scalars().first())
        annotations.replace_annotations(connection, document_id, revision=1, fields={"/total": [5]})
    assert len(found(services, filters=Filters(where="fields./total = 5"))) == 1, "though the index does not know"
    assert found(services, filters=Filters(where="fields./total = 6")) == []


def test_where_the_old_index_cannot_be_searched_at_all_the_new_one_is_as_far_as_it_is(
    base: Services, edge_openings: Openings
) -> None:
    services = with_model(base, edge_openings, Model("gone"))
    ingest(services, 1)
    ingest(services, 2)
    change_form(services, terms=1)
    services = restarted(services, edge_openings, 1)
    rebuild_of(services).step()
    assert len(found(services)) == 1
    assert list(corpus_of(services).notices) == [INCOMPLETE]
    run(services)
    assert (found(services), list(corpus_of(services).notices)) == (quays(1, 2), [])
    services.vectors.close()


def test_an_index_whose_points_were_lost_is_filled_anew_and_says_that_it_is_incomplete_until_then(
    old: Services, openings: Openings
) -> None:
    old.vectors.close()
    shutil.rmtree(openings.folder, ignore_errors=True)
    openings.remembered.clear()
    services = with_model(old, openings, openings.models[0])
    assert statuses(services) == {1: "active", 2: "building"}
    assert (found(services), list(corpus_of(services).notices)) == ([], [INCOMPLETE])
    rebuild_of(services).step()
    ingest(services, 9)  # what comes meanwhile makes nobody think that the lost one is there
    services = restarted(services, openings, 0)
    assert statuses(services) == {1: "active", 2: "building"}
    assert (len(found(services)), list(corpus_of(services).notices)) == (2, [INCOMPLETE])
    run(services)
    assert (found(services), list(corpus_of(services).notices)) == (quays(0, 1, 2, 3, 9), [])
    assert statuses(services) == {1: "dropping", 2: "active"}


def test_a_lost_index_of_another_model_is_not_searched_while_the_new_one_is_filled(
    old_edge: Services, edge_openings: Openings
) -> None:
    old_edge.vectors.close()
    shutil.rmtree(edge_openings.folder)
    services = with_model(old_edge, edge_openings, edge_openings.models[1])
    assert (found(services), list(corpus_of(services).notices)) == ([], [INCOMPLETE])
    run(services)
    assert (found(services), statuses(services)) == (quays(0, 1, 2, 3), {1: "kept", 2: "active"})
    services.vectors.close()


def test_a_lost_index_that_was_kept_is_not_gone_back_to(old_edge: Services, edge_openings: Openings) -> None:
    services = restarted(old_edge, edge_openings, 1)
    run(services)
    services.vectors.close()
    shutil.rmtree(edge_openings.folder / "old")
    services = with_model(services, edge_openings, edge_openings.models[0])
    assert statuses(services) == {1: "dropping", 2: "active", 3: "building"}
    run(services)
    assert found(services) == quays(0, 1, 2, 3)
    services.vectors.close()


def change_form(services: Services, **values: int) -> None:
    with services.database.write() as connection:
        connection.execute(update(generations.index_generations).values(values))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.jobs.transfer.RETRY_SECONDS", 0.0)


def refuse(openings: Openings, words: str) -> None:
    new = openings.models[1]
    assert isinstance(new, Model)
    new.fails[words] = ModelRejected("no")


@pytest.mark.usefixtures("impatient")
def test_a_document_that_the_model_refuses_is_left_out_and_named_and_the_exchange_goes_on(
    old_edge: Services, edge_openings: Openings
) -> None:
    refuse(edge_openings, "number2")
    services = restarted(old_edge, edge_openings, 1)
    steps = run(services)
    assert sorted(steps[:-1], key=str) == [Step.DONE] * 3 + [Step.FAILED] * 3, "as often as a stage is attempted"
    assert steps[-1] is Step.EXCHANGED
    shown = IndexOperator(services.database).index()[1]
    assert (shown.status, shown.documents, shown.left_out) == ("active", "1 left out", 1)
    assert [problem for _, problem in shown.problems] == ["model-rejected"]
    assert found(services) == quays(0, 1, 3)
    assert counts(services) == [4, 3]


@pytest.mark.usefixtures("impatient")
def test_what_was_left_out_is_given_to_the_next_model(old_edge: Services, edge_openings: Openings) -> None:
    refuse(edge_openings, "number2")
    services = restarted(old_edge, edge_openings, 1)
    run(services)
    services.vectors.close()
    services = with_model(services, replace(edge_openings, models=[Model("third")]), Model("third"))
    assert run(services) == [Step.DONE] * 4 + [Step.EXCHANGED]
    assert found(services) == quays(0, 1, 2, 3)
    services.vectors.close()


@pytest.mark.usefixtures("impatient")
def test_what_was_begun_of_a_document_that_is_left_out_is_removed_from_the_index(
    old_edge: Services, edge_openings: Openings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.indexing.index.BATCH", 1)
    long = "\n\n".join([" ".join(f"word{n}" for n in range(200)), "A gull."])
    ingest(old_edge, 5, long)
    refuse(edge_openings, "gull")
    services = restarted(old_edge, edge_openings, 1)
    assert run(services)[-1] is Step.EXCHANGED
    assert (found(services), counts(services)[1]) == (quays(0, 1, 2, 3), 4)


@pytest.mark.usefixtures("impatient")
def test_a_document_whose_reading_is_lost_is_left_out_too(old_edge: Services, edge_openings: Openings) -> None:
    services = restarted(old_edge, edge_openings, 1)
    with services.database.write() as connection:
        first, second, *_ = sorted(connection.execute(select(chunks.chunks.c.document_id)).scalars())
        of = artifacts.artifacts.c
        connection.execute(
            update(artifacts.artifacts)
            .where(of.document_id == first, of.stage == "read")
            .values(content=None, blob_key="nothing/here")
        )
        connection.execute(artifacts.artifacts.delete().where(of.document_id == second, of.stage == "read"))
    assert run(services)[-1] is Step.EXCHANGED
    problems = IndexOperator(services.database).index()[1].problems
    assert problems == [(first, "blob-missing"), (second, "result-not-ready")]


@pytest.mark.usefixtures("impatient")
def test_a_model_that_refuses_more_than_half_is_not_taken_but_by_hand_and_asked_again_later(
    old_edge: Services, edge_openings: Openings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 4):
        refuse(edge_openings, f"number{number}")
    services = restarted(old_edge, edge_openings, 1)
    assert sorted(run(services), key=str) == [Step.DONE] + [Step.FAILED] * 9
    operator = IndexOperator(services.database)
    shown = operator.index()[1]
    assert (shown.status, shown.documents) == ("building", "1 of 4, 3 failed")
    assert found(services) == quays(0, 1, 2, 3)
    assert run(services) == [], "not before its time"
    monkeypatch.setattr("pipeline.jobs.rebuild.HELD_UP_SECONDS", 0.0)
    rebuild = rebuild_of(services)
    assert (rebuild.step(), rebuild.step()) == (Step.NOTHING, Step.FAILED)
    with pytest.raises(ConflictError, match="only one that is kept"):
        operator.drop_index(2)
    assert operator.switch_index() == 2
    assert found(services) == quays(0)
    with pytest.raises(ConflictError, match="no index is being filled"):
        operator.switch_index()
    with pytest.raises(NotFound):
        operator.drop_index(9)
    operator.drop_index(1)
    assert statuses(services) == {1: "dropping", 2: "active"}


@pytest.mark.usefixtures("impatient")
def test_a_new_revision_of_a_document_that_was_given_up_is_tried(old_edge: Services, edge_openings: Openings) -> None:
    for number in range(1, 4):
        refuse(edge_openings, f"number{number}")
    services = restarted(old_edge, edge_openings, 1)
    run(services)
    with services.database.read() as connection:
        document_id = next(iter(dict(generations.problems(connection, 2))))
    with services.database.write() as connection:  # as a stage that knew of the first generation only
        document = documents.get_document(connection, WORKSPACE, document_id)
        assert document is not None
        documents.add_revision(connection, document, blob_key="b", size=1, sha256="2" * 64, media_type="text/plain")
        generations.note_indexed(connection, document_id, WORKSPACE, 1, revision=2)
        assert generations.next_missing(connection, 1, 2, after="", max_attempts=3) == (document_id, WORKSPACE)
        assert not generations.is_complete(connection, 1, 2, max_attempts=3)


def test_a_model_that_is_away_is_waited_for_and_is_no_attempt(old_edge: Services, edge_openings: Openings) -> None:
    new = edge_openings.models[1]
    assert isinstance(new, Model)
    new.fails["quay"] = ModelUnavailable("away", reached=False)
    services = restarted(old_edge, edge_openings, 1)
    rebuild = rebuild_of(services)
    assert [rebuild.step() for _ in range(9)] == [Step.AWAY] * 9
    new.fails.clear()
    assert run(services)[-1] is Step.EXCHANGED
    assert found(services) == quays(0, 1, 2, 3)


def test_only_one_process_fills_it(old_edge: Services, edge_openings: Openings) -> None:
    services = restarted(old_edge, edge_openings, 1)
    assert isinstance(services.several, OpenGenerations)
    assert Rebuild(services, services.several, "another").step() is Step.DONE
    assert rebuild_of(services).step() is Step.NOTHING
    assert Rebuild(services, services.several, "another").step() is Step.DONE


def test_a_document_that_was_indexed_while_the_generations_were_exchanged_is_indexed_again(
    old_edge: Services, edge_openings: Openings
) -> None:
    services = restarted(old_edge, edge_openings, 1)
    stale: Sequence[Shelf] = services.generations.shelves()
    run(services)

    class Late(OpenGenerations):
        looked = 0

        def shelves(self) -> Sequence[Shelf]:
            Late.looked += 1
            return stale[:1] if Late.looked <= 2 else several.shelves()

    several = services.several
    assert isinstance(several, OpenGenerations)
    late = object.__new__(Late)
    services = replace(services, several=late)
    accepted = accept(
        services, text_upload(b"x"), JobOptions(tasks=("index",)), workspace_id=WORKSPACE, actor="t"
    ).document_id
    reading = Scripted([written(*quays(5)).model_dump_json().encode()], facts={"pages_total": None, "pages_failed": []})
    by = handlers(read=reading, index=Index())
    work_all(services, by)
    services = replace(services, several=several)
    assert found(services) == quays(0, 1, 2, 3), "nothing was committed for the index that is in use no more"
    with services.database.write() as connection:
        connection.execute(update(stages.stages).values(run_after=0.0))  # the pause of the stage's retry is over
    work_all(services, by)
    assert found(services) == quays(0, 1, 2, 3, 5)
    with services.database.read() as connection:
        assert len(chunks.chunk_ids(connection, accepted, 2)) == 1


def test_points_that_came_after_a_deletion_are_removed_by_the_next_start(
    old_edge: Services, edge_openings: Openings
) -> None:
    """Killed between its upsert and its look at whether the document is still there."""
    services = restarted(old_edge, edge_openings, 1)
    with services.database.read() as connection:
        document_id = str(connection.execute(select(chunks.chunks.c.document_id)).scalars().first())
    building = services.generations.shelves()[1].vectors

    class Killed(BaseException):
        pass

    def kill(points: Any) -> None:
        delete_document(services, document_id, workspace_id=WORKSPACE, actor="t")
        type(building).upsert(building, points)
        raise Killed

    building.upsert = kill  # type: ignore[method-assign]
    rebuild = rebuild_of(services)
    rebuild._after = document_id[:-1]
    with pytest.raises(Killed):
        rebuild.step()
    assert counts(services) == [3, 1], "the points of a deleted document"
    services = restarted(services, edge_openings, 1)
    run(services)
    assert counts(services) == [3, 3]


def test_what_was_replaced_is_removed_when_it_was_kept_for_long_enough(old: Services, openings: Openings) -> None:
    services = restarted(old, openings, 1)
    run(services)
    if not openings.server:
        assert sorted(path.name for path in openings.folder.iterdir()) == ["new-2", "old"]
    assert rebuild_of(services).tidy() is True
    assert (statuses(services), counts(services)) == ({2: "active"}, [4])
    if not openings.server:
        assert [path.name for path in openings.folder.iterdir()] == ["new-2"]
    with services.database.read() as connection:
        assert set(connection.execute(select(chunks.chunks.c.generation)).scalars()) == {2}
    assert found(services) == quays(0, 1, 2, 3)
    assert rebuild_of(services).tidy() is False
    services = restarted(services, openings, 0)
    assert statuses(services) == {2: "active", 3: "building"}
    assert run(services) == [Step.DONE] * 4 + [Step.EXCHANGED]


def test_what_was_indexed_before_there_were_generations_is_the_first(base: Services, edge_openings: Openings) -> None:
    with_old = with_model(base, replace(edge_openings, models=[Model("before")]), Model("before"))
    ingest(with_old, 1)
    with base.database.write() as connection:
        connection.execute(generations.index_generations.delete())
    services = restarted(with_old, edge_openings, 1)
    with services.database.read() as connection:
        assert [row.embedder for row in generations.list_generations(connection)] == ["before", "new"]
    assert run(services) == [Step.DONE, Step.EXCHANGED]
    assert found(services) == quays(1)
    services.vectors.close()


CHILD = """
import sys, time
from dataclasses import replace
from pathlib import Path
from pipeline.jobs.rebuild import Rebuild, Step
from pipeline.settings import Settings
from pipeline.stores.records.database import Database
from tests.support.generations import Model, Openings, with_model
from tests.support.services import make_services
from pipeline.stores.records import workspaces
workspaces.add_workspace = lambda *_, **__: None
folder = Path(sys.argv[1])
made = make_services(Database(f"sqlite:///{folder}/db"), folder / "data")
made.vectors.close()
services = with_model(made, Openings(folder / "index", [Model("old"), Model("new", 48)]), Model("new", 48))
rebuild = Rebuild(services, services.several, "me")
print("begins", flush=True)
while sys.stdin.readline() is not None and (step := rebuild.step()) is not Step.NOTHING:  # one for each line
    print(step.name, flush=True)
services.vectors.close()
print("ended", flush=True)
"""


def test_kill_9_while_it_is_filled_leaves_nothing_half_and_loses_nothing(tmp_path: Path) -> None:
    """Killed and started again until it is done, while documents are deleted in between."""
    rng = random.Random(6)
    database = Database(f"sqlite:///{tmp_path}/db")
    database.migrate()
    made = make_services(database, tmp_path / "data")
    made.vectors.close()
    openings = Openings(tmp_path / "index", [Model("old"), Model("new", 48)])
    services = with_model(made, openings, openings.models[0])
    part = " ".join(f"w{n}" for n in range(120))
    texts = {number: f"quay{number} one. " + "\n\n".join(f"{part} p{p}" for p in range(45)) for number in range(16)}
    ids = [ingest(services, number, text) for number, text in texts.items()]
    deleted: list[str] = []
    killed, ended = 0, False
    while not ended:
        services.vectors.close()
        ended = start_and_kill(tmp_path, rng if killed < 5 else None)
        killed += not ended
        assert killed < 10
        services = with_model(made, openings, openings.models[1])
        if killed in {1, 3} and len(deleted) < 2 and not ended:
            deleted.append(ids[5 * len(deleted)])
            delete_document(services, deleted[-1], workspace_id=WORKSPACE, actor="t")
    live = [document_id for document_id in ids if document_id not in deleted]
    assert statuses(services) == {1: "kept", 2: "active"}
    assert isinstance(services.several, OpenGenerations)
    with database.read() as connection:
        for number, store in enumerate(services.several.stores(), 1):
            kept = {document_id: len(chunks.chunk_ids(connection, document_id, number)) for document_id in ids}
            assert kept == {
                document_id: store.count(workspace_id=WORKSPACE, document_id=document_id) for document_id in ids
            }, "a point for each chunk"
            assert {document_id for document_id, count in kept.items() if count} == set(live)
            assert len(set(kept.values()) - {0}) == 1, "no document half in"
    assert killed >= 3
    services.vectors.close()
    database.close()


def start_and_kill(folder: Path, rng: random.Random | None) -> bool:
    """Whether it came to its end; else it was killed, some milliseconds after a document or two."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], cwd=ROOT, text=True, **pipes) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "begins\n"
            if rng is None:
                child.stdin.close()
                return "ended" in child.stdout.read()
            steps = rng.randint(0, 1)
            child.stdin.write("\n" * (steps + 1))  # and no further, however late we are
            child.stdin.flush()
            for _ in range(steps):
                child.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.03))
            return False
        finally:
            child.send_signal(signal.SIGKILL)


def test_the_index_cannot_be_written_to_as_a_whole(old_edge: Services) -> None:
    with pytest.raises(VectorsUnavailable):
        old_edge.vectors.upsert([])


def test_progress_is_told_as_it_stands(old_edge: Services, edge_openings: Openings) -> None:
    services = restarted(old_edge, edge_openings, 1)
    rebuild_of(services).step()
    shown = [one.shown for one in IndexOperator(services.database).index()]
    assert json.loads(json.dumps(shown)) == [
        {"number": 1, "embedder": "old", "status": "active", "documents": None, "left_out": 0},
        {
            "number": 2,
            "embedder": "new",
            "status": "building",
            "documents": {"total": 4, "done": 1, "failed": 0},
            "left_out": 0,
        },
    ]
