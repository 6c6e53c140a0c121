"""The policies of PostgreSQL that hold a table's rows to the workspace that is bound (see `binding`).

Migrations that make a table of workspaces call `protect`; a test fails on a table that nobody protects.
"""

from sqlalchemy import Connection, text

POLICY = "workspace"
_BOUND = "(SELECT current_setting('sheaf.workspace', true))"
_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
# PostgreSQL says itself whether it would hold the present role: an owner only where the policies are forced on it too.
_OPEN_TABLES = text(
    "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
    " WHERE p.polname = :policy AND pg_table_is_visible(c.oid) AND NOT row_security_active(c.oid) ORDER BY 1"
)


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


def why_bypassed(connection: Connection) -> str | None:
    """What lets the role of this connection see every workspace's rows; `None` where the policies hold it.

    SQLite has none, so nothing is bypassed there. Tables that are not made yet are not looked at.
    """
    if connection.dialect.name != "postgresql":
        return None
    name, superuser, bypasses = connection.execute(_ROLE).one()
    if superuser or bypasses:
        return f"the role {name} {'is a superuser' if superuser else 'has BYPASSRLS'}"
    open_tables = connection.execute(_OPEN_TABLES, {"policy": POLICY}).scalars().all()
    if open_tables:
        return f"the role {name} is not held in {', '.join(open_tables)}"
    return None
