"""The command line `sheaf`: data commands are clients of the REST API; `up` and `doctor` work on this machine."""
