"""What an import costs: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "numba", "scipy", "trimesh", "PIL", "rich", "tyro", "safetensors"}


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys\nsys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    ("statement", "not_loaded"),
    [
        ("import scenewright", HEAVY | {"numpy"}),
        ("from scenewright import __version__", HEAVY | {"numpy"}),
        ("import scenewright.core", HEAVY),
        ("import scenewright.io", {"torch", "numba", "scipy", "trimesh", "rich", "tyro"}),
    ],
)
def test_import_loads_nothing_heavy(statement: str, not_loaded: set[str]) -> None:
    loaded = loaded_by(statement)
    assert "scenewright" in loaded
    assert loaded & not_loaded == set()


def test_everything_that_a_package_promises_is_there() -> None:
    import importlib

    for name in ("core", "io"):
        package = importlib.import_module(f"scenewright.{name}")
        assert len(set(package.__all__)) == len(package.__all__)
        assert all(hasattr(package, item) for item in package.__all__)
