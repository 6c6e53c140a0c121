"""The example documents, one module a document: what they say, and how they are drawn."""
