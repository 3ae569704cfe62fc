"""Completing the hidden sides of objects where they stand."""
