"""The version, in a file that imports nothing, so that every room may read it."""

__version__ = "0.1.0"
