"""Backends that run published networks through Hugging Face transformers (extra ``models``)."""
