"""Fixtures of the tests of ``generate``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

HAS_ALL = all(find_spec(name) for name in ("torch", "xatlas", "fast_simplification"))
collect_ignore_glob = [] if HAS_ALL else ["test_*.py"]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Tiny packages of all generators."""
    from tests.models.generators.generator_builders import Packages

    return Packages.write(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture with two colored boxes, and its label image beside it (ids.png)."""
    image = np.full((48, 64, 3), 120, np.uint8)
    labels = np.zeros((48, 64), np.uint8)
    for number, (rows, columns, color) in enumerate(
        (
            (slice(20, 44), slice(4, 26), (200, 40, 40)),
            (slice(10, 44), slice(34, 62), (30, 60, 200)),
        ),
        1,
    ):
        image[rows, columns] = color
        labels[rows, columns] = number
    Image.fromarray(image).save(tmp_path / "room.png")
    Image.fromarray(labels).save(tmp_path / "ids.png")
    return tmp_path / "room.png"
