"""What an import costs: nothing heavy is loaded before it is needed."""

from __future__ import annotations

import ast
import contextlib
import importlib
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import scenewright

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "numba", "scipy", "trimesh", "PIL", "rich", "tyro", "safetensors"}


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys\nsys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    ("statement", "not_loaded"),
    [
        ("import scenewright", HEAVY | {"numpy", "yaml"}),
        ("from scenewright import __version__", HEAVY | {"numpy"}),
        ("import scenewright.core", HEAVY),
        ("import scenewright.io", {"torch", "numba", "scipy", "trimesh", "rich", "tyro"}),
    ],
)
def test_import_loads_nothing_heavy(statement: str, not_loaded: set[str]) -> None:
    loaded = loaded_by(statement)
    assert "scenewright" in loaded
    assert loaded & not_loaded == set()


@pytest.mark.parametrize("name", ["core", "io"])
def test_everything_that_a_package_promises_is_there(name: str) -> None:
    package = importlib.import_module(f"scenewright.{name}")
    assert len(set(package.__all__)) == len(package.__all__)
    assert all(hasattr(package, item) for item in package.__all__)


def test_pinned_versions_install_on_the_oldest_python() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=") + ".0"
    pins = [line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()]
    requirements = {}
    for name, *version in pins:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found = metadata.metadata(name)
            if version == [found["Version"].partition("+")[0]]:
                requirements[name] = found["Requires-Python"] or ""
    assert len(requirements) > 50
    assert [
        name for name, wanted in requirements.items() if oldest not in SpecifierSet(wanted)
    ] == []


def test_every_public_name_of_the_stub_can_be_had() -> None:
    stub = ast.parse(Path(scenewright.__file__).with_suffix(".pyi").read_text("utf-8"))
    names = []
    for node in stub.body[1:]:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            # Type checkers take a name for exported only if it is imported as itself.
            assert alias.asname == alias.name
            names.append(alias.name)
    assert len(set(names)) == len(names)
    assert sorted(vars(scenewright)["__all__"]) == sorted(names)
    assert set(names) <= set(dir(scenewright))
    for name in names:
        assert getattr(scenewright, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = scenewright.no_such_name  # type: ignore[attr-defined]
