"""Removing objects without leaving holes in the room."""
