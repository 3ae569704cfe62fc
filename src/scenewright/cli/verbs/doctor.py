"""``scenewright doctor``: what this installation can do."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from scenewright._version import __version__
from scenewright.cli.options import CommonOptions

if TYPE_CHECKING:
    from scenewright.cli.terminal import Terminal

_REQUIRED = (
    "numpy", "scipy", "numba", "safetensors", "pillow", "trimesh", "embreex", "manifold3d", "tyro",
    "rich",
)  # fmt: skip
_EXTRAS = (
    ("torch", ("torch",), "training; embeddings in .pt files"),
    (
        "models",
        ("torch", "transformers", "huggingface_hub"),
        "large networks by name: masks/sam, masks/sam2, masks/mask2former, embed/clip, ...",
    ),
    ("batch", ("ray",), "many captures at once, in several processes"),
    ("splats", ("torch", "gsplat"), "fitting and drawing surfels on CUDA"),
    ("sfm", ("pycolmap",), "points for posed pictures that came without any"),
    ("video", ("av",), "turntables as MP4"),
)
"""Extra, packages that it brings, and what that gives."""


@dataclass(frozen=True, kw_only=True)
class Options(CommonOptions):
    """Shows versions, threads and what optional packages would add.

    Send its output along when you report a problem.
    """


def run(options: Options, terminal: Terminal) -> int:
    """Shows the tables; 1 if a required package is missing."""
    system = [
        ("scenewright", __version__),
        ("python", f"{platform.python_version()} ({sys.executable})"),
        ("system", platform.platform()),
        ("processor cores", str(os.cpu_count())),
        ("numba threads", _numba_threads()),
    ]
    terminal.table(("system", "value"), system)
    missing = [name for name in _REQUIRED if _version(name) is None]
    terminal.write()
    terminal.table(
        ("package", "version"), [(name, _version(name) or "MISSING") for name in _REQUIRED]
    )
    terminal.write()
    terminal.table(
        ("extra", "state", "gives", "install with"),
        [_extra_row(*row) for row in _EXTRAS],
    )
    if missing:
        terminal.complain(f"required packages are missing: {', '.join(missing)}")
    return 1 if missing else 0


def _extra_row(extra: str, packages: tuple[str, ...], gives: str) -> tuple[str, str, str, str]:
    versions = {package: _version(package) for package in packages}
    if all(versions.values()):
        return extra, ", ".join(f"{name} {found}" for name, found in versions.items()), gives, ""
    missing = [name for name, found in versions.items() if not found]
    state = "not installed" if len(missing) == len(packages) else f"lacks {', '.join(missing)}"
    return extra, state, gives, f'pip install "scenewright[{extra}]"'


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _numba_threads() -> str:
    """Threads and threading layer; the layer is known only once parallel code has run."""
    try:
        import numba
    except ImportError:
        return "unknown: numba cannot be imported"
    available = [layer for layer in ("tbb", "omp", "workqueue") if _has_layer(layer)]
    return f"{numba.get_num_threads()}, layers: {', '.join(available) or 'none'}"


def _has_layer(layer: str) -> bool:
    module = {"tbb": "tbbpool", "omp": "omppool", "workqueue": "workqueue"}[layer]
    try:
        __import__(f"numba.np.ufunc.{module}")
    except ImportError:
        return False
    return True
