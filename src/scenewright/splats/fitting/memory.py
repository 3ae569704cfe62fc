"""How much memory a fit takes, before it takes it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from scenewright.core import CaptureError, Frame, FrameSource
from scenewright.splats.fitting.config import FitConfig

_COPIES = 7
"""Of each parameter: itself, two moments, its gradient, and as much again while surfels are added
and taken away."""
_DRAWING_BYTES = 2_000
"""Per surfel in the picture: its projection, its places in the tiles, and their gradients."""
_PIXEL_BYTES = 400
"""Per pixel of one picture: what is drawn, its gradients and those of SSIM."""


def estimate_bytes(
    *,
    num_views: int,
    pixels_per_view: int,
    num_surfels: int,
    sh_degree: int,
    has_depth: bool,
) -> int:
    """Bytes that a fit needs at its largest.

    Args:
        num_views: Pictures that are kept in memory.
        pixels_per_view: Of one picture.
        num_surfels: Most surfels that there will be.
        sh_degree: Of the harmonics.
        has_depth: Whether measured depth is kept, too.
    """
    pictures = num_views * pixels_per_view * (3 + 4 * has_depth) * 4 // 3
    parameters = 4 * (10 + 3 * (sh_degree + 1) ** 2) * _COPIES
    return pictures + num_surfels * (parameters + _DRAWING_BYTES) + pixels_per_view * _PIXEL_BYTES


def available_bytes() -> int | None:
    """Memory that can be used without swapping, or None where the system does not tell."""
    info = Path("/proc/meminfo")
    if info.is_file():
        for line in info.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names:
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return None


def require_memory(needed: int, available: int | None, *, what: str) -> None:
    """Refuses work that cannot fit.

    Args:
        needed: Bytes, estimated.
        available: Bytes; None if unknown, which refuses nothing.
        what: The size of the work, in words.

    Raises:
        CaptureError: More is needed than is there.
    """
    if available is None or needed <= available:
        return
    raise CaptureError(
        f"The fit does not fit into memory ({what})",
        expected=f"at most {available / 2**30:.1f} GiB, which are available",
        got=f"an estimate of {needed / 2**30:.1f} GiB",
        do="Use fewer or smaller pictures, or lower densify.max_surfels.",
    )


def require_fit_memory(
    frames: FrameSource | Sequence[Frame], num_surfels: int, config: FitConfig
) -> None:
    """Refuses a fit that cannot fit into memory, judged by the size of the first frame.

    Args:
        frames: Of the capture; the first one is decoded.
        num_surfels: To start from.
        config: Of the fit.

    Raises:
        CaptureError: More is needed than there is.
    """
    if not len(frames):
        return
    height, width = frames[0].camera.size
    grown = 0 if config.densify is None else config.densify.max_surfels
    most = max(num_surfels, grown)
    needed = estimate_bytes(
        num_views=len(frames),
        pixels_per_view=height * width,
        num_surfels=most,
        sh_degree=config.sh_degree,
        has_depth=config.losses.depth > 0,
    )
    what = f"{len(frames)} pictures of {width} x {height} pixels, up to {most} surfels"
    require_memory(needed, available_bytes(), what=what)
