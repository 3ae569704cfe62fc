"""Errors in the words of a visitor of the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import FormatError
from scenewright.pipelines.page.messages import without_folder


def test_errors_do_not_show_the_folder(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught, without_folder(tmp_path):
        raise FormatError(f"{tmp_path}/a.png", expected="8 bits", got="16", do=f"See {tmp_path}/b.")
    assert str(caught.value) == "a.png: expected 8 bits, got 16. See b."
