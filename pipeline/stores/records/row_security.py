"""The policies of PostgreSQL that hold a table's rows to the workspace that is bound (see `binding`).

Migrations that make a table of workspaces call `protect`; a test fails on a table that nobody protects.
"""

from sqlalchemy import Connection, text

POLICY = "workspace"
_BOUND = "(SELECT current_setting('sheaf.workspace', true))"


def protect(connection: Connection, table: str, belongs: str = "workspace_id = {bound}") -> None:
    """Show rows of the table only to their workspace; `belongs` is the condition. Nothing to do on SQLite.

    The owner of the table is held to it too. Superusers, and roles with `BYPASSRLS`, are not.
    """
    if connection.dialect.name != "postgresql":
        return
    condition = f"{_BOUND} = '*' OR {belongs.format(bound=_BOUND)}"
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {POLICY} ON {table} USING ({condition}) WITH CHECK ({condition})",
    ):
        connection.execute(text(statement))


def expose(connection: Connection, table: str) -> None:
    """Undo it."""
    if connection.dialect.name != "postgresql":
        return
    for statement in (
        f"DROP POLICY {POLICY} ON {table}",
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ):
        connection.execute(text(statement))
