"""Checking captures."""
