"""Images → pages of words, blocks and tables."""
