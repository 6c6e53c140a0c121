"""Ports to models and their adapters: chat, embedding, transcription, rerank."""
