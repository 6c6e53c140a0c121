"""The model server of a GPU host: the right command for its hardware, kept alive, given what it can take."""
