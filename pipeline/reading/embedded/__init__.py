"""Data that a file carries for machines → `EmbeddedData`."""
