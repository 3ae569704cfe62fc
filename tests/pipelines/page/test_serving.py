"""The server: its headers, its files, what it refuses, and that nothing is left behind."""

from __future__ import annotations

import importlib
import json
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from scenewright.core import ConventionError, MissingExtraError, OutputError
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.run import page_run
from scenewright.pipelines.page.serving import VIEW_PATH, PageServer, free_port
from scenewright.pipelines.page.settings import PageSettings


def test_the_server_is_local_quiet_and_leaves_nothing() -> None:
    pytest.importorskip("gradio")
    before = dict(os.environ)
    with PageServer(PageSettings(port=0, max_upload=0.2), GenerateSettings()) as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
        assert server.folder.is_dir()
        with urllib.request.urlopen(server.url) as answer:
            policy = answer.headers["content-security-policy"]
            text = answer.read().decode()
        assert "default-src 'self'" in policy and "http" not in policy
        assert "Scenewright" in text
        config = json.loads(urllib.request.urlopen(f"{server.url}config").read())
        assert config["analytics_enabled"] is False
        assert all(each["api_visibility"] == "private" for each in config["dependencies"])
        base = server.url.rstrip("/")
        for path in (f"{VIEW_PATH}unknown", f"{VIEW_PATH}../../etc/passwd"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(base + path)
        _refuses_large_files(base)
    assert not server.folder.exists()
    assert dict(os.environ) == before
    server.close()


def _refuses_large_files(base: str) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + bytes(400_000) + b"\r\n--x--\r\n"
    )
    request = urllib.request.Request(
        f"{base}/gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    with pytest.raises(urllib.error.HTTPError, match="413"):
        urllib.request.urlopen(request)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (PageSettings(port=70000), "--port: expected 0 to 65535, got 70000"),
        (PageSettings(max_upload=0), "--max-upload: expected above 0 and up to 1000 MB, got 0"),
        (PageSettings(host="a b"), "--host: expected an address or a name, got 'a b'"),
    ],
)
def test_bad_settings(settings: PageSettings, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        PageServer(settings, GenerateSettings())
    assert str(caught.value) == message


def test_a_taken_port_and_a_foreign_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=f"Cannot listen on .*, port {port}: got"):
            PageServer(PageSettings(port=port), GenerateSettings())
    with pytest.raises(OutputError, match=r"Cannot listen on 192\.0\.2\.1"):
        free_port("192.0.2.1")
    assert free_port("127.0.0.1") > 0


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtraError) as caught:
        page_run()
    assert str(caught.value) == (
        "The package 'gradio' is not installed. "
        'In a checkout of Scenewright, install it with: pip install ".[demo]"'
    )
