"""What a look at an audit chain finds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.access.audit_chain import Link, chain, microseconds, microseconds_of, verify


@pytest.fixture
def links() -> list[Link]:
    made: list[Link] = []
    for number in range(4):
        event = {"at": 10 + number, "actor": "key:a", "action": "x", "object_id": f"doc_{number}", "details": {"n": 1}}
        previous = made[-1].hash if made else ""
        made.append(Link(**event, hash=chain(previous, **event)))  # type: ignore[arg-type]  # by name
    return made


def test_a_whole_chain_holds_and_names_its_head(links: list[Link]) -> None:
    verdict = verify(links)
    assert (verdict.events, verdict.head, verdict.holds) == (4, links[-1].hash, True)
    assert verify([]).holds


@pytest.mark.parametrize(
    "change", [{"at": 99}, {"actor": "key:b"}, {"action": "y"}, {"object_id": "doc_9"}, {"details": {}}, {"hash": "0"}]
)
def test_every_part_of_an_event_is_covered(links: list[Link], change: dict[str, object]) -> None:
    verdict = verify([*links[:2], replace(links[2], **change), links[3]])  # type: ignore[arg-type]  # by name
    assert (verdict.events, verdict.broken, verdict.holds) == (2, True, False)


def test_events_that_are_taken_out_moved_or_doubled_break_it(links: list[Link]) -> None:
    one, two, three, four = links
    assert [verify(found).events for found in ([two, three], [one, three], [one, three, two], [one, one])] == [
        0,
        1,
        1,
        1,
    ]
    assert verify([one, two, three]).holds, "the chain alone does not tell that the newest is gone"
    assert four


def test_a_head_that_was_noted_tells_of_dropped_and_rewritten_events(links: list[Link]) -> None:
    assert verify(links, head=links[1].hash).holds
    assert not verify(links[:3], head=links[3].hash).holds
    assert not verify(links[:3], head=links[3].hash).broken


def test_times_are_the_same_however_they_were_written() -> None:
    moment = datetime(2026, 11, 29, 16, 59, 12, 123457, tzinfo=UTC)
    assert microseconds_of(moment) == microseconds(moment.timestamp()) == microseconds(microseconds_of(moment) / 1e6)
