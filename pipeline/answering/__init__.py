"""Questions to passages to answers with citations."""
