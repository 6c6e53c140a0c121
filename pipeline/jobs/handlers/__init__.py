"""What each stage does: inputs → one artifact."""
