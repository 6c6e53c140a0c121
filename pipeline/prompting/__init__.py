"""Documents to messages that fit a token budget: page forms, windows, page images, versioned prompts."""
