"""Memory that is available, and a check before more is taken."""

from __future__ import annotations

import os
from pathlib import Path

from scenewright.core.errors import CaptureError


def available_bytes() -> int | None:
    """Memory that is available without swapping, bytes, or None if unknown."""
    info = Path("/proc/meminfo")
    if info.is_file():
        for line in info.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names:
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return None


def require_memory(needed: int, available: int | None, *, what: str, do: str) -> None:
    """Checks that there is enough memory.

    Args:
        needed: Estimated bytes.
        available: Bytes; None if unknown, which passes.
        what: What needs it, and its size, for the message.
        do: What to do if there is not enough.

    Raises:
        CaptureError: There is not enough memory.
    """
    if available is None or needed <= available:
        return
    raise CaptureError(
        f"Not enough memory for {what}",
        expected=f"at most {available / 2**30:.1f} GiB (available)",
        got=f"an estimated {needed / 2**30:.1f} GiB",
        do=do,
    )
