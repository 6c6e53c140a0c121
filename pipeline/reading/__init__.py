"""Bytes → `Document`: type by type, inside a child process with limits."""
