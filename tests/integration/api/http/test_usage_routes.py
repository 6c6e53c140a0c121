"""What was spent."""

import pytest


def test_a_workspace_that_has_done_nothing_has_spent_nothing(client):
    report = client.get("/v1/usage").json()
    assert (report["jobs"], report["cost"], report["models"], report["days"]) == (0, 0.0, [], [])
    assert report["currency"] == "USD"


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-02-30", "since=2020-01-01&until=2026-01-01"])
def test_a_span_that_makes_no_sense_is_refused(client, problem, query):
    problem(client.get(f"/v1/usage?{query}"), 422, "invalid-request")


def test_the_span_asked_for_is_the_span_reported(client):
    report = client.get("/v1/usage?since=2026-01-01&until=2026-01-31").json()
    assert (report["since"], report["until"]) == ("2026-01-01", "2026-01-31")


@pytest.mark.parametrize("day", ["0", "1700000000", "2026-1-2", "2026-11-31", "20261101"])
def test_a_day_is_a_date_and_no_number(client, problem, day):
    problem(client.get("/v1/usage", params={"until": day}), 422, "invalid-request")
