"""Words to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError
from scenewright.pipelines.name.steps import read_words


def test_words(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("chair\n\n coffee  table\nchair\n")
    assert read_words(str(tmp_path / "words.txt")) == ("chair", "coffee table")
    assert read_words("a, b,a") == ("a", "b") == read_words(["a", "b"])
    assert len(read_words(None)) > 300
    with pytest.raises(ConventionError, match="--words: expected at least one word, got none"):
        read_words(" , ")
