"""Describing any file or folder."""
