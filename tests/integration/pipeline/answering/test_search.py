from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.answering.retrieval import SPARE
from pipeline.answering.search import search
from pipeline.models.hashing import HashingEmbedder
from schemas.answers import Filters, Hit, SearchRequest
from tests.support.corpus import SmallCorpus, written


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallCorpus]:
    made = SmallCorpus(tmp_path / "vectors", HashingEmbedder())
    with closing(made.vectors):
        yield made


def hits(small: SmallCorpus, query: str, *, workspace_id: str = "w", **more) -> list[Hit]:
    return search(SearchRequest(query=query, **more), workspace_id=workspace_id, corpus=small.corpus).items


def test_a_hit_says_what_where_and_whose(small: SmallCorpus) -> None:
    (chunk_id,) = small.add("guide", written(("heading", "Tractors", 1), "Red tractors plough fields."))
    (hit,) = hits(small, "plough")
    assert (hit.document_id, hit.document_name, hit.chunk_id) == ("guide", "guide", chunk_id)
    assert (hit.text, hit.section) == ("Tractors\nRed tractors plough fields.", "Tractors")
    assert [place.quote for place in hit.evidence] == ["Tractors", "Red tractors plough fields."]


def test_the_best_match_comes_first(small: SmallCorpus) -> None:
    small.add("a", written("Cows give milk."))
    small.add("b", written("Tractors plough fields."))
    assert [hit.document_id for hit in hits(small, "tractors that plough")] == ["b", "a"]


def test_a_deleted_document_is_never_shown_although_its_points_are_there(small: SmallCorpus) -> None:
    small.add("a", written("Tractors plough fields."))
    small.delete("a")
    assert small.vectors.count(workspace_id="w") == 1
    assert hits(small, "tractors") == []


def test_deleted_hits_do_not_empty_the_page(small: SmallCorpus) -> None:
    for i in range(5 * SPARE):
        small.add(f"gone{i}", written(f"Tractors plough fields {i}."))
        small.delete(f"gone{i}")
    small.add("kept", written("Somewhere tractors are mentioned, among very many other things that are said here."))
    assert [hit.document_id for hit in hits(small, "tractors plough fields", limit=3)] == ["kept"]


def test_looking_ends_when_there_is_nothing_more(small: SmallCorpus) -> None:
    small.add("a", written("Tractors."))
    hits(small, "tractors", limit=50)
    assert small.chunks.asked == 1


def test_another_workspace_is_never_shown(small: SmallCorpus) -> None:
    small.add("mine", written("Tractors plough."))
    small.add("theirs", written("Tractors plough too."), workspace_id="other")
    assert [hit.document_id for hit in hits(small, "tractors")] == ["mine"]
    assert [hit.document_id for hit in hits(small, "tractors", workspace_id="other")] == ["theirs"]


def test_filters_narrow(small: SmallCorpus) -> None:
    small.add("a", written("Tractors plough."), collection="farm", fields={"/total": [5]})
    small.add("b", written("Tractors plough."), collection="town")
    assert [hit.document_id for hit in hits(small, "tractors", filters=Filters(collection="farm"))] == ["a"]
    assert [hit.document_id for hit in hits(small, "tractors", filters=Filters(document_ids=["b"]))] == ["b"]
    assert [hit.document_id for hit in hits(small, "tractors", filters=Filters(fields={"/total": 5.0}))] == ["a"]
    assert hits(small, "tractors", filters=Filters(media_types=["audio/wav"])) == []


def test_the_places_of_the_best_passage_come_first_though_its_neighbour_is_read_before_it(small: SmallCorpus) -> None:
    fields, barns = (" ".join(f"{word}{n}" for n in range(200)) for word in "fb")
    small.add("a", written(("heading", "Fields", 1), fields, ("heading", "Barns", 1), barns))
    for query, order in (("b1 b2 f1", ["Barns", "Fields"]), ("f1 f2 b1", ["Fields", "Barns"])):
        (hit,) = hits(small, query)
        assert len(hit.chunk_ids) == 2
        assert [place.section for place in hit.evidence if place.section] == order


def test_a_text_that_stands_twice_in_a_document_is_shown_once(small: SmallCorpus) -> None:
    same = " ".join(f"word{i}" for i in range(240))
    small.add("a", written(same, same))
    assert len(hits(small, "word1 word2")) == 1
    assert small.vectors.count(workspace_id="w") == 2


def test_a_document_that_came_fifty_times_is_one_hit_and_leaves_room_for_others(small: SmallCorpus) -> None:
    for i in range(50):
        small.add(f"copy{i:02}", written("Tractors plough the fields of the valley."))
    for i in range(4):
        small.add(f"other{i}", written(f"Tractors stand in shed {i}, near the river."))
    first, *others = hits(small, "tractors plough fields", limit=4)
    assert len(others) == 3
    assert all(hit.document_id.startswith("other") and not hit.also_in for hit in others)
    assert {first.document_id, *(other.document_id for other in first.also_in)} == {f"copy{i:02}" for i in range(50)}
    assert all(other.exact for other in first.also_in)


def test_the_same_text_in_another_workspace_is_not_named(small: SmallCorpus) -> None:
    for workspace in ("w", "other"):
        small.add(f"in-{workspace}", written("Tractors plough the fields."), workspace_id=workspace)
    (hit,) = hits(small, "tractors")
    assert (hit.document_id, hit.also_in) == ("in-w", [])


def test_a_copy_that_was_deleted_is_not_named(small: SmallCorpus) -> None:
    for name in ("a", "b"):
        small.add(name, written("Tractors plough the fields."))
    small.delete("b")
    (hit,) = hits(small, "tractors")
    assert (hit.document_id, hit.also_in) == ("a", [])


def test_passages_that_follow_one_another_are_one_hit_with_all_their_places(small: SmallCorpus) -> None:
    parts = [" ".join(f"{name}{i}" for i in range(200)) + " tractor." for name in "abc"]
    ids = small.add("a", written(*parts))
    assert len(ids) == 3
    (hit,) = hits(small, "tractor")
    assert hit.chunk_ids == ids
    assert hit.chunk_id in ids
    assert hit.text == "\n\n".join(parts[:3])
    assert [place.quote for place in hit.evidence] == [hit.text]


def test_no_more_than_the_limit_is_shown(small: SmallCorpus) -> None:
    for i in range(8):
        small.add(f"d{i}", written(f"Tractors number {i}."))
    assert len(hits(small, "tractors", limit=3)) == 3


def test_a_query_of_small_words_only_is_answered_by_nearness(small: SmallCorpus) -> None:
    small.add("a", written("What is it about?"))
    assert len(hits(small, "what is it about")) == 1
