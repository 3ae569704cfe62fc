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

_REQUIRED = ("numpy", "scipy", "numba", "safetensors", "pillow", "trimesh", "tyro", "rich")
_EXTRAS = (("torch", "torch", "embeddings of masks that torch has saved (.pt)"),)
"""Extra, package that it brings, and what that gives."""


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
        [
            (
                extra,
                f"{package} {_version(package)}" if _version(package) else "not installed",
                gives,
                "" if _version(package) else f'pip install "scenewright[{extra}]"',
            )
            for extra, package, gives in _EXTRAS
        ],
    )
    if missing:
        terminal.complain(f"required packages are missing: {', '.join(missing)}")
    return 1 if missing else 0


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
