"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of captures beside the checkout; tests that need it are skipped without it.

    The environment variable ``SCENEWRIGHT_SHARED`` names another folder.
    """
    folder = Path(os.environ.get("SCENEWRIGHT_SHARED") or CHECKOUT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the captures in {folder / 'data'}, which are no part of the repository")
    return folder
