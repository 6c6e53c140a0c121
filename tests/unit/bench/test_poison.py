"""What is said of others' times, from when each part of a run began."""

from collections import Counter

from bench.faults.state import Job
from bench.poison import Assassin, _figures

TIMES = [0.0, 100.0, 200.0, 300.0]


def jobs(seconds: float, since: float) -> list[Job]:
    """Twenty that took so long, accepted over a hundred seconds."""
    return [
        Job(id=f"{since}-{number}", document_id="d", status="succeeded", created_at=since + 5 * number,
            finished_at=since + 5 * number + seconds, problem=None, ended=1, results=1, events=1)
        for number in range(20)
    ]  # fmt: skip


def test_the_poisoned_part_is_held_against_both_calm_ones_and_these_against_each_other() -> None:
    assassin = Assassin(site=None, killed={"a", "b", "c"}, attempts=3, outcomes=Counter({"failed: worker-lost": 1}))
    found = _figures(assassin, [*jobs(1.0, 0), *jobs(1.5, 100), *jobs(1.2, 200)], TIMES)
    assert found["p95_s"] == {"before": 1.0, "poisoned": 1.5, "after": 1.2}
    assert found["moved"] == 0.25
    assert found["noise"] == 0.2
    assert (found["attempts"], found["kills"]) == (3, 3)


def test_nothing_is_said_of_a_part_without_jobs() -> None:
    found = _figures(Assassin(site=None), jobs(1.0, 0), TIMES)
    assert found["p95_s"] == {"before": 1.0, "poisoned": None, "after": None}
    assert found["moved"] is None
