"""What a file is, whether it is allowed, what it may be called, and where files are taken from."""
