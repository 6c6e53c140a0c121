"""Extraction by a chat model: what is asked, what is made of the answers, and what is still missing."""
