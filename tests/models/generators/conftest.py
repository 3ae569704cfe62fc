"""Fixtures of the tests of generators."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Tiny packages of all generators."""
    from tests.models.generators.generator_builders import Packages

    return Packages.write(tmp_path_factory.mktemp("packages"))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread, so that results repeat."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
