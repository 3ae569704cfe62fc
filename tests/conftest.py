"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.command_builders import Call, Outcome

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


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls the command in this process and takes what it writes."""
    from scenewright.cli.main import main

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        return Outcome(code, shown.out, shown.err)

    return run
