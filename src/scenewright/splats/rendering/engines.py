"""The rendering engines by name; those that need torch are imported on request."""

from __future__ import annotations

from typing import Literal, get_args

from scenewright.core import UnknownNameError
from scenewright.splats.rasterizer.engine import DrawSurfels, draw_on_cpu

Engine = Literal["numba", "gsplat", "reference"]
"""`numba` runs on the CPU. `gsplat` runs on CUDA (extra `splats`); it has not been run on a GPU
yet. `reference` is slow torch for tests (extra `torch`)."""


def find_engine(name: str) -> DrawSurfels:
    """The engine with a name, on its default device.

    Args:
        name: See `Engine`.

    Raises:
        UnknownNameError: There is no such engine.
        MissingExtraError: The package of the engine is not installed, or there is no GPU.
    """
    if name == "numba":
        return draw_on_cpu
    if name == "gsplat":
        from scenewright.splats.torch_engines.engines import gsplat_drawing

        return gsplat_drawing()
    if name == "reference":
        from scenewright.splats.torch_engines.engines import reference_drawing

        return reference_drawing()
    raise UnknownNameError(
        f"Engine '{name}'", expected=f"one of {', '.join(get_args(Engine))}", got=repr(name)
    )
