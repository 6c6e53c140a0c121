"""Recordings: decoded in the child process, split where nobody speaks, transcribed by a model."""
