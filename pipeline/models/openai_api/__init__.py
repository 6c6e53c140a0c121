"""The `ChatModel` on OpenAI-compatible servers: vLLM and its kin, and hosted ones."""
