"""The table of engines."""

from __future__ import annotations

import sys

import pytest

from scenewright.core import MissingExtraError, UnknownNameError
from scenewright.splats.rasterizer import draw_on_cpu
from scenewright.splats.rendering import find_engine


def test_the_engine_of_the_cpu_needs_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert find_engine("numba") is draw_on_cpu


@pytest.mark.parametrize(("name", "extra"), [("gsplat", "splats"), ("reference", "torch")])
def test_a_missing_package_is_named_with_its_extra(
    name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError) as error:
        find_engine(name)
    assert str(error.value) == (
        "The package 'torch' is not installed. "
        f'Install it with: pip install "scenewright[{extra}]"'
    )


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(UnknownNameError) as error:
        find_engine("opengl")
    assert str(error.value) == (
        "Engine 'opengl': expected one of numba, gsplat, reference, got 'opengl'"
    )
