"""Which faults a chaos run has."""

from collections import Counter

from bench.faults.clients import document
from bench.faults.plan import KINDS, plan


def test_a_seed_gives_the_same_faults_again_and_another_one_others() -> None:
    assert list(plan(7, 50, pause=1.0)) == list(plan(7, 50, pause=1.0))
    assert list(plan(7, 50, pause=1.0)) != list(plan(8, 50, pause=1.0))


def test_thirty_faults_have_three_of_each_kind() -> None:
    counted = Counter(planned.kind for planned in plan(1, 30, pause=1.0))
    assert counted == dict.fromkeys(KINDS, 3)


def test_documents_differ_in_their_marker_and_are_the_same_for_the_same_seed() -> None:
    assert document(1, 5) == document(1, 5)
    markers = {document(seed, number)[0] for seed in (1, 2) for number in range(50)}
    assert len(markers) == 100
    marker, content, _ = document(1, 5)
    assert marker.encode() in content
