"""Backends with tiny checkpoints, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def reference_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Reference of the tiny checkpoint of a backend; each one is made when first asked for."""
    from tests.models.adapters.adapter_builders import BUILDERS

    root = tmp_path_factory.mktemp("checkpoints")
    made: dict[str, str] = {}

    def find(name: str) -> str:
        if name not in made:
            made[name] = BUILDERS[name](root / name.replace("/", "-"))
        return made[name]

    return find


@pytest.fixture(scope="session")
def make(reference_of: Callable[[str], str]) -> Callable[..., Any]:
    """Creates a backend with its tiny checkpoint; the same object for the same options."""
    from scenewright.models import create
    from tests.models.adapters.adapter_builders import EVERYTHING

    made: dict[str, Any] = {}

    def run(name: str, **options: Any) -> Any:
        key = f"{name} {options}"
        if key not in made:
            options = EVERYTHING.get(name, {}) | options
            made[key] = create(name, weights=reference_of(name), **options)
        return made[key]

    return run
