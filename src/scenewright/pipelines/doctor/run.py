"""``scenewright doctor``: what this installation can do."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from scenewright._version import __version__
from scenewright.core.optional import install_command
from scenewright.pipelines.doctor.settings import DoctorSettings

_REQUIRED = (
    "numpy", "scipy", "numba", "safetensors", "pillow", "trimesh", "embreex", "manifold3d", "tyro",
    "rich", "pyyaml", "lazy-loader",
)  # fmt: skip
_EXTRAS = (
    ("torch", ("torch",), "embeddings in .pt files"),
    (
        "train",
        ("torch", "lightgbm", "accelerate"),
        "training of the networks and trees in the wheel",
    ),
    (
        "models",
        ("torch", "transformers", "huggingface_hub"),
        "large networks by name: masks/sam, masks/sam2, masks/sam3, embed/clip, ...",
    ),
    (
        "lora",
        ("torch", "transformers", "huggingface_hub", "peft"),
        "training of large language models on scenes, and what was trained",
    ),
    ("index", ("usearch",), "approximate search by 'find' among very many objects"),
    ("batch", ("ray",), "many captures in parallel processes"),
    ("splats", ("torch", "gsplat"), "fitting and drawing surfels on CUDA (never run on a GPU yet)"),
    ("sfm", ("pycolmap",), "initial points for posed images that have none"),
    ("video", ("av",), "turntables as MP4"),
    ("assets", ("fast-simplification", "xatlas"), "textured meshes of generated objects"),
    ("exr", ("OpenEXR",), "depth in EXR files"),
    ("record3d", ("lzfse",), "depth of unpacked .r3d files"),
    ("simulation", ("coacd", "usd-core", "mujoco"), "files for simulators: collisions, USD"),
    ("demo", ("gradio",), "the page on which pictures become scenes"),
)
"""Extra, the packages that it installs, and what they are for."""


@dataclass(frozen=True)
class Findings:
    """The state of an installation.

    Attributes:
        system: Versions and threads, by name.
        packages: Version of each required package; None if it is missing.
        extras: Name, state, use and install command of each extra.
    """

    system: dict[str, str]
    packages: dict[str, str | None]
    extras: tuple[tuple[str, str, str, str], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Required packages that are missing."""
        return tuple(name for name, found in self.packages.items() if found is None)


def doctor_run(settings: DoctorSettings | None = None) -> Findings:
    """Inspects the installation.

    Args:
        settings: How the findings are shown; changes nothing here.
    """
    return Findings(
        system={
            "scenewright": __version__,
            "python": f"{platform.python_version()} ({sys.executable})",
            "system": platform.platform(),
            "CPU cores": str(os.cpu_count()),
            "numba threads": _numba_threads(),
        },
        packages={name: _version(name) for name in _REQUIRED},
        extras=tuple(_extra_row(*row) for row in _EXTRAS),
    )


def _extra_row(extra: str, packages: tuple[str, ...], gives: str) -> tuple[str, str, str, str]:
    versions = {package: _version(package) for package in packages}
    if all(versions.values()):
        return extra, ", ".join(f"{name} {found}" for name, found in versions.items()), gives, ""
    missing = [name for name, found in versions.items() if not found]
    state = "not installed" if len(missing) == len(packages) else f"lacks {', '.join(missing)}"
    return extra, state, gives, install_command(extra)


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
