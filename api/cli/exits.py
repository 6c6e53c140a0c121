"""How a command ends."""

from api.client import RequestFailed

FAILED, REFUSED = 1, 2
"""Exit statuses: the work failed, or the request was not accepted as it stands."""


class CliError(Exception):
    """Ends a command with one line and an exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def status_of(error: CliError | RequestFailed) -> int:
    """The exit status of a command that it ends."""
    if isinstance(error, RequestFailed):
        return REFUSED if error.refused else FAILED
    return error.status
