"""Backends that run published networks through Hugging Face transformers; need extra `models`."""
