"""Records in SQL: one module a noun, on SQLite (WAL) or PostgreSQL.

Each module has a table, frozen records, and functions that take a `Connection`; transactions belong to the caller.
Functions about a workspace's things take `workspace_id` and find nothing of another one.
"""
