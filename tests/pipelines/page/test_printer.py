"""The command shows the address, waits, and closes the page."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, cast

import pytest

from scenewright.cli.terminal import Terminal
from scenewright.pipelines.page.printer import show
from scenewright.pipelines.page.serving import PageServer
from scenewright.pipelines.page.settings import PageSettings
from tests.command_builders import Call, assert_plain_error


class Server:
    """A server that is interrupted at once."""

    url = "http://127.0.0.1:1/"

    def __init__(self) -> None:
        self.is_closed = False

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.is_closed = True

    def wait(self) -> None:
        """Is interrupted."""
        raise KeyboardInterrupt


def test_ctrl_c_closes_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    server = Server()
    assert show(cast(PageServer, server), PageSettings(), Terminal()) == 0
    assert server.is_closed
    shown = capsys.readouterr().out
    assert "page: http://127.0.0.1:1/" in shown and "stopped" in shown


def test_the_command_names_the_missing_extra(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    load = importlib.import_module

    def missing(name: str, package: str | None = None) -> Any:
        if name == "gradio":
            raise ImportError(name)
        return load(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert_plain_error(call("page"), "The package 'gradio' is not installed", '".[demo]"')


def test_settings_of_another_verb_are_refused(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("gradio")
    (tmp_path / "config.json").write_text('{"verb": "segment"}')
    outcome = call("page", "--defaults", tmp_path / "config.json")
    assert_plain_error(outcome, "settings of 'generate'", "those of 'segment'")
