"""Fixtures of the tests of the page."""

from __future__ import annotations

import numpy as np
import pytest

from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.session import Session, add_picture


@pytest.fixture
def session() -> Session:
    """A session with a picture of a red and a blue box on gray, without masks."""
    image = np.full((60, 80, 3), 120, np.uint8)
    image[20:50, 8:34] = (200, 40, 40)
    image[12:50, 46:74] = (30, 60, 200)
    return add_picture(Session(), "room", image)


@pytest.fixture(scope="session")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> GenerateSettings:
    """Settings of a generator with tiny random weights; skips where torch is missing."""
    for package in ("torch", "xatlas", "fast_simplification"):
        pytest.importorskip(package)
    from tests.models.generators.generator_builders import Packages

    packages = Packages.write(tmp_path_factory.mktemp("packages"))
    model = "sceneflow/iscene"
    return GenerateSettings(model=model, steps=1, coloring="vertices", **packages.options(model))
