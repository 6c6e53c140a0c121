"""Who may call: API keys, and the stored secrets."""
