"""The retention class that an upload names."""

from sqlalchemy import Connection

from pipeline.errors import InvalidRequest
from pipeline.jobs.options import JobOptions
from pipeline.stores.records import retention, workspaces


def check_class(connection: Connection, workspace_id: str, options: JobOptions) -> None:
    """Whether the workspace has the class that the options name.

    Raises:
        InvalidRequest: it has not.
    """
    if options.retention in (None, retention.NONE):
        return
    workspace = workspaces.get_workspace(connection, workspace_id)
    if workspace is None or options.retention not in workspace.retention:
        raise InvalidRequest(f"the workspace has no retention class {options.retention!r}", field="retention")
