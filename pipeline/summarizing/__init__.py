"""Document → summary. Without a model: sentences chosen from the document itself."""
