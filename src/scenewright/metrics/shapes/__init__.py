"""Meshes against truth."""
