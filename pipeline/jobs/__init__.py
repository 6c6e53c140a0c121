"""The rules of work, on SQL: accept, claim, lease, retry, cancel, delete. The database is the truth."""
