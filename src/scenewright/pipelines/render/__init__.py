"""Rendering surfels."""
