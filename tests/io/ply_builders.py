"""PLY files written by hand."""

from __future__ import annotations

from pathlib import Path


def write_ply(folder: Path, head: str, body: bytes = b"") -> Path:
    """Writes a header and data as they are."""
    path = folder / "made.ply"
    path.write_bytes(head.encode() + body)
    return path
