"""What happens to a document: intake, reading, extraction, summaries, indexing, answers, and the rules of work."""
