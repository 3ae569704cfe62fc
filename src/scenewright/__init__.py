"""Scenewright: a capture of a place becomes a scene of whole, separate objects."""

__version__ = "0.1.0"
