"""Memory of a fit, estimated before it starts."""

from __future__ import annotations

from collections.abc import Sequence

from scenewright.core import Frame, FrameSource, memory
from scenewright.core.memory import available_bytes
from scenewright.splats.fitting.config import FitConfig

_COPIES = 7
"""Copies of each parameter: itself, two moments, the gradient, and copies during densification."""
_DRAWING_BYTES = 2_000
"""Bytes per visible surfel: projection, entries in tile lists, and gradients."""
_PIXEL_BYTES = 400
"""Bytes per pixel of one image: drawn images, their gradients, and those of SSIM."""


def estimate_bytes(
    *,
    num_views: int,
    pixels_per_view: int,
    num_surfels: int,
    sh_degree: int,
    has_depth: bool,
) -> int:
    """Peak memory of a fit, bytes.

    Args:
        num_views: Images that are kept in memory.
        pixels_per_view: Pixels of one image.
        num_surfels: Largest number of surfels.
        sh_degree: Degree of the harmonics.
        has_depth: Whether measured depth is kept in memory, too.
    """
    pictures = num_views * pixels_per_view * (3 + 4 * has_depth) * 4 // 3
    parameters = 4 * (10 + 3 * (sh_degree + 1) ** 2) * _COPIES
    return pictures + num_surfels * (parameters + _DRAWING_BYTES) + pixels_per_view * _PIXEL_BYTES


def require_memory(needed: int, available: int | None, *, what: str) -> None:
    """Checks that there is enough memory.

    Args:
        needed: Estimated bytes.
        available: Bytes; None if unknown, which passes.
        what: Size of the work, for the message.

    Raises:
        CaptureError: There is not enough memory.
    """
    memory.require_memory(
        needed, available, what=f"the fit ({what})",
        do="Use fewer or smaller images, or lower densify.max_surfels.",
    )  # fmt: skip


def require_fit_memory(
    frames: FrameSource | Sequence[Frame], num_surfels: int, config: FitConfig
) -> None:
    """Checks that there is enough memory for a fit, by the size of the first frame.

    Args:
        frames: Frames of the capture; the first one is decoded.
        num_surfels: Number of initial surfels.
        config: Settings of the fit.

    Raises:
        CaptureError: There is not enough memory.
    """
    if not len(frames):
        return
    height, width = frames[0].camera.size
    grown = 0 if config.densify is None else config.densify.max_surfels
    max_count = max(num_surfels, grown)
    needed = estimate_bytes(
        num_views=len(frames),
        pixels_per_view=height * width,
        num_surfels=max_count,
        sh_degree=config.sh_degree,
        has_depth=config.losses.depth > 0,
    )
    what = f"{len(frames)} images of {width} x {height} pixels, up to {max_count} surfels"
    require_memory(needed, available_bytes(), what=what)
