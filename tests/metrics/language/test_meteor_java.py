"""METEOR 1.5 through Java: with a stand-in for Java, and the program itself where it is found."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from scenewright.core import MissingExtraError, ScenewrightError
from scenewright.metrics import find_meteor, meteor15, meteor_lite

ROW = "3 3 1 1 2 2 1 1" + " 0" * 12 + " 1 3 3"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> Path:
    """A program in place of Java, and a file in place of METEOR."""
    java = folder / "java"
    java.write_text(f"#!{sys.executable}\n{code}\n")
    java.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(java))
    jar = folder / "meteor-1.5.jar"
    jar.touch()
    return jar


def test_statistics_become_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import sys\nfor line in sys.stdin:\n    sys.stderr.write(line)\n    print({ROW!r})"
    jar = stand_in(tmp_path, monkeypatch, code)
    score = meteor15(["the red chair", "a\nb"], [["the red chair"], ["c ||| d"]], jar=jar)
    assert score.items.tolist() == [1.0, 1.0] and score.value == 1.0


def test_a_failure_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = stand_in(tmp_path, monkeypatch, "import sys\nsys.exit('no memory')")
    with pytest.raises(ScenewrightError, match="METEOR failed: expected 1 lines of 23 numbers"):
        meteor15(["a"], [["a"]], jar=jar)
    jar = stand_in(tmp_path, monkeypatch, "print('Error: x')")
    with pytest.raises(ScenewrightError, match="METEOR failed: got could not convert"):
        meteor15(["a"], [["a"]], jar=jar)


def test_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert find_meteor() is None
    with pytest.raises(MissingExtraError, match=r"got no Java\. Install both, or use meteor_lite"):
        meteor15(["a"], [["a"]], jar=tmp_path / "meteor-1.5.jar")


@pytest.mark.skipif(find_meteor() is None, reason="needs Java and pycocoevalcap")
def test_the_original_agrees_with_the_form_without_tables() -> None:
    candidates = ["the red chair stands near two desks", "a lamp"]
    references = [["a red chair standing near the desk"], ["two lamps", "the lamp"]]
    original = meteor15(candidates, references, num_modules=2)
    assert original.items == pytest.approx(meteor_lite(candidates, references).items, abs=1e-9)
