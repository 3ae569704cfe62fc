"""The text of errors."""

from __future__ import annotations

from scenewright.core import (
    ScenewrightError,
    ShapeError,
    UnknownNameError,
)


def test_error_text() -> None:
    full = ScenewrightError("file a.ply", expected="points", got="none", do="Save points.")
    assert str(full) == "file a.ply: expected points, got none. Save points."
    assert str(ScenewrightError("It failed")) == "It failed"
    assert str(ScenewrightError("It failed", do="Try again.")) == "It failed. Try again."
    assert str(UnknownNameError("x", got="y")) == "x: got y", "no quotes around it, as KeyError has"
    assert isinstance(ShapeError("x"), ValueError)
