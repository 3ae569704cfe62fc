"""Fixtures of the tests of networks."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py", "sparse/test_*.py"]


@pytest.fixture(scope="session")
def recordings(shared_dir: Path) -> Path:
    """The folder of recorded runs; tests that need it are skipped without it."""
    folder = shared_dir / "fixtures" / "generation"
    if not folder.is_dir():
        pytest.skip(f"needs the recorded runs in {folder}, which are no part of the repository")
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread and one seed, so that results repeat."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)
