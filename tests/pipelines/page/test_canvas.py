"""The script of the picture finds the parts of the page by their names."""

from __future__ import annotations

from scenewright.pipelines.page.canvas import SCRIPT, STYLE, TEMPLATE
from scenewright.pipelines.page.marking import TOOLS


def test_the_script_knows_the_template_and_the_tools() -> None:
    for name in ("sw-board", "sw-tools"):
        assert name in SCRIPT
    assert "sw-board" in TEMPLATE and "sw-empty" in TEMPLATE and "sw-board" in STYLE
    assert {"paint", "erase", "new"} <= set(TOOLS)
    assert "http" not in SCRIPT + STYLE + TEMPLATE
