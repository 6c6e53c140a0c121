"""Benches: `python -m bench NAME [--quick]` prints what it does, then one JSON object as its last line."""
