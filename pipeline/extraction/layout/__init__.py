"""Where texts stand to one another: runs of words in rows, for documents of every shape."""
