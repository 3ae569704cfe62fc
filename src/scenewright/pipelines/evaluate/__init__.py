"""Measuring scenes against truth."""
