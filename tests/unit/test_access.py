"""A route that nobody has said of who may use it fails here; `test_access_routes` then holds it to that."""

from tests.support.access_matrix import PUBLIC, SCOPES, described


def test_every_route_is_classified() -> None:
    assert described() == set(SCOPES) | PUBLIC, "say in tests/support/access_matrix.py what a new route needs"
    assert {route for route in described() if not route[1].startswith("/v1/")} == PUBLIC
