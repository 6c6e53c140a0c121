"""Which documents a question is about: one small language, read once, meant the same by every store."""
