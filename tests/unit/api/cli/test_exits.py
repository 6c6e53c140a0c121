"""The exit status says whose fault it is."""

import pytest

from api.cli.exits import FAILED, REFUSED, CliError, status_of
from api.client import RequestFailed


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (CliError("no"), FAILED),
        (CliError("no", REFUSED), REFUSED),
        (RequestFailed("nobody answers", retry_after=1.0), FAILED),
        (RequestFailed("the service failed", problem={"status": 500}), FAILED),
        (RequestFailed("no such job", refused=True, problem={"status": 404}), REFUSED),
    ],
)
def test_what_is_not_accepted_as_it_stands_is_told_from_what_failed(
    error: CliError | RequestFailed, status: int
) -> None:
    assert status_of(error) == status
