"""Values out of documents against a JSON Schema, each with the places it was read from."""
