"""Llama 4 in this process, by Hugging Face transformers: requests that wait are answered together, in batches."""
