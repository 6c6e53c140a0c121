"""Extraction without a model: labels, layout and typed values."""
