"""One classification for every failure."""

import pytest
from sqlalchemy.exc import OperationalError

from pipeline.errors import LimitExceeded, ModelUnavailable, PasswordRequired, SheafError, StorageFull, all_errors
from pipeline.jobs.failures import CATEGORIES, classify
from pipeline.jobs.retry import RetryPolicy


@pytest.mark.parametrize("cls", [cls for cls in all_errors() if cls is not SheafError], ids=lambda cls: cls.__name__)
def test_every_error_of_ours_has_a_category_and_a_stable_name(cls: type[SheafError]) -> None:
    failure = classify(cls())
    assert failure.category != "internal"
    assert failure.name == cls.name
    assert failure.problem().type == f"urn:sheaf:problem:{cls.name}"
    assert failure.title.endswith(".")


def test_names_are_never_used_twice() -> None:
    names = [cls.name for cls in all_errors()]
    assert len(names) == len(set(names))


def test_categories_are_the_branches_of_the_error_tree() -> None:
    assert set(CATEGORIES) == set(SheafError.__subclasses__())


def test_facts_become_members_of_the_problem() -> None:
    problem = classify(LimitExceeded("the document has 9 pages; the limit is 5", limit=5)).problem()
    assert problem.model_dump(exclude_none=True) == {
        "type": "urn:sheaf:problem:limit-exceeded",
        "title": "The document exceeds a limit.",
        "detail": "the document has 9 pages; the limit is 5",
        "limit": 5,
    }


def test_a_strangers_error_tells_nothing_of_its_insides() -> None:
    failure = classify(ValueError("secret text of a document"))
    assert "secret" not in str(failure.as_json())
    assert (failure.name, failure.category, failure.retryable) == ("internal-error", "internal", True)


def test_a_databases_error_is_a_store_that_is_away() -> None:
    failure = classify(OperationalError("SELECT 1", {}, Exception("gone")))
    assert (failure.name, failure.retryable) == ("database-unavailable", True)


def policy(random: float = 0.5) -> RetryPolicy:
    return RetryPolicy(max_attempts=3, random=lambda: random)


def test_wrong_input_is_never_tried_again() -> None:
    assert policy().decide(classify(PasswordRequired()), attempts=1).retry_in is None


def test_a_poison_document_is_given_up_after_its_attempts() -> None:
    failure = classify(RuntimeError("boom"))
    decisions = [policy().decide(failure, attempts=n).retry_in is not None for n in (1, 2, 3)]
    assert decisions == [True, True, False]


def test_a_store_that_is_away_is_waited_for_without_end() -> None:
    assert policy().decide(classify(StorageFull()), attempts=50).retry_in is not None


def test_the_wait_grows_and_has_a_ceiling() -> None:
    failure = classify(StorageFull())
    waits = [policy(1.0).decide(failure, attempts=n).retry_in for n in range(1, 12)]
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == 60.0
    assert policy(0.0).decide(failure, attempts=2).retry_in == 1.0


def test_a_fact_never_passes_for_a_member_of_the_standard() -> None:
    failure = classify(LimitExceeded("too many", type="x", status="queued", limit=5))
    problem = failure.problem(status=422)
    assert (problem.type, problem.status) == ("urn:sheaf:problem:limit-exceeded", 422)
    assert problem.model_extra == {"limit": 5}


@pytest.mark.parametrize(("reached", "attempts"), [(False, 80), (True, 3), (None, 3)])
def test_a_model_server_that_is_away_is_waited_for_and_one_that_breaks_down_is_not(
    reached: bool | None, attempts: int
) -> None:
    failure = classify(ModelUnavailable() if reached is None else ModelUnavailable(reached=reached))
    given_up = [n for n in range(1, 100) if policy().decide(failure, attempts=n).retry_in is None]
    assert given_up[0] == attempts
