"""PDF → pages of words, blocks and tables."""
