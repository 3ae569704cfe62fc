"""Bytes to core types and back, one file per format."""

from scenewright.io.atomic import atomic_file, atomic_folder, write_bytes, write_text

__all__ = ["atomic_file", "atomic_folder", "write_bytes", "write_text"]
