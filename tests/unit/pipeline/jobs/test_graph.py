"""Which stage runs when."""

import pytest

from pipeline.jobs.graph import ENDED, STAGES, next_steps, plan


def test_every_job_reads_and_finishes() -> None:
    assert set(plan(["summarize"])) == {"read", "summarize", "finish"}


def test_fields_are_put_into_the_index_only_when_both_are_made() -> None:
    assert "annotate" in plan(["extract", "index"])
    assert "annotate" not in plan(["extract", "summarize"])


def test_the_plan_names_each_stages_queue() -> None:
    assert plan(["extract", "summarize", "index"]) == {name: spec.queue for name, spec in STAGES.items()}


def statuses(**known: str) -> dict[str, str]:
    return {name: known.get(name, "waiting") for name in STAGES}


def test_what_depends_on_reading_only_opens_together() -> None:
    ready, skipped = next_steps(statuses(read="succeeded"))
    assert (ready, skipped) == ({"extract", "summarize", "index"}, set())


def test_nothing_opens_twice() -> None:
    ready, _ = next_steps(statuses(read="succeeded", extract="running", summarize="ready", index="succeeded"))
    assert ready == set()


def test_a_failed_reading_skips_all_and_opens_the_end() -> None:
    ready, skipped = next_steps(statuses(read="failed"))
    assert skipped == {"extract", "summarize", "index", "annotate"}
    assert ready == {"finish"}


def test_a_failed_extraction_skips_only_what_needs_it() -> None:
    ready, skipped = next_steps(statuses(read="succeeded", extract="failed", summarize="succeeded", index="running"))
    assert (ready, skipped) == (set(), {"annotate"})


@pytest.mark.parametrize("end", sorted(ENDED))
def test_the_end_opens_however_the_others_ended(end: str) -> None:
    others = dict.fromkeys(set(STAGES) - {"finish"}, end)
    ready, _ = next_steps({**others, "finish": "waiting"})
    assert ready == {"finish"}


def test_every_course_of_events_reaches_the_end() -> None:
    """Whatever each stage answers, no stage is left waiting for ever."""
    for failing in STAGES:
        state = statuses()
        for _ in range(len(STAGES) + 1):
            ready, skipped = next_steps(state)
            state |= dict.fromkeys(skipped, "skipped")
            state |= {name: "failed" if name == failing else "succeeded" for name in ready}
        assert set(state.values()) <= ENDED, failing
