"""The server of the page: temporary files, headers, and the pages that show scenes."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

from scenewright.core import ConventionError, OutputError, require
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.pipelines.page.settings import PageSettings
from scenewright.pipelines.page.work import Workshop

EXTRA = "demo"
VIEW_PATH = "/scene/"
POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:; frame-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
"""The page loads nothing from other computers, whatever the library that draws it asks for."""
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_SHARE": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
}
"""Environment that turns off what would contact other computers."""
_LOCAL = ("127.0.0.1", "localhost", "::1")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class PageServer:
    """A running page; close it, or use it in a ``with`` block.

    Args:
        settings: Where it listens.
        defaults: Settings that the form starts with.

    Attributes:
        url: The address to open in a browser.

    Raises:
        MissingExtraError: The extra ``demo`` is not installed.
        ConventionError: A setting is out of range.
        OutputError: The port is taken, or the address is not one of this computer.
    """

    def __init__(self, settings: PageSettings, defaults: GenerateSettings) -> None:
        _check(settings)
        self._environment = {name: os.environ.get(name) for name in (*_QUIET, "GRADIO_TEMP_DIR")}
        self._stopped = Event()
        self._blocks: Any = None
        self._root = Path(tempfile.mkdtemp(prefix="scenewright-page-"))
        try:
            os.environ.update(_QUIET, GRADIO_TEMP_DIR=str(self._root / "uploads"))
            self.url = self._launch(settings, defaults)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PageServer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where uploads and runs are until the server is closed."""
        return self._root

    def wait(self) -> None:
        """Blocks until the server is closed or the process is interrupted."""
        while not self._stopped.wait(0.5):
            pass

    def close(self) -> None:
        """Stops the server and removes its files; a second call does nothing."""
        if self._blocks is not None:
            self._blocks.close(verbose=False)
            self._blocks = None
        shutil.rmtree(self._root, ignore_errors=True)
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._stopped.set()

    def _launch(self, settings: PageSettings, defaults: GenerateSettings) -> str:
        gradio = require("gradio", extra=EXTRA)
        from scenewright.pipelines.page.app import build_page, page_theme
        from scenewright.pipelines.page.canvas import STYLE

        workshop = Workshop(self._root / "runs")
        self._blocks = build_page(workshop, defaults, is_public=settings.host not in _LOCAL)
        port = settings.port or free_port(settings.host)
        self._blocks.queue(max_size=32, api_open=False)
        _, local_url, _ = self._blocks.launch(
            server_name=settings.host,
            server_port=port,
            share=False,
            inbrowser=False,
            quiet=True,
            prevent_thread_lock=True,
            max_file_size=int(settings.max_upload * 1e6),
            allowed_paths=[str(self._root / "runs")],
            footer_links=[],
            enable_monitoring=False,
            run_history=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            theme=page_theme(gradio),
            css=STYLE,
            app_kwargs={
                "middleware": [_middleware(workshop)],
                "docs_url": None, "redoc_url": None, "openapi_url": None,
            },
        )  # fmt: skip
        return str(local_url)


class Headers:
    """Adds the policy to every response, and answers with the pages that show scenes.

    Args:
        app: The application that answers everything else.
        workshop: Knows the runs.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], workshop: Workshop) -> None:
        self._app, self._workshop = app, workshop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(VIEW_PATH):
            await self._answer_view(scope["path"].removeprefix(VIEW_PATH), send)
            return

        async def with_policy(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    *message.get("headers", []),
                    (b"content-security-policy", POLICY.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"referrer-policy", b"no-referrer"),
                ]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, with_policy)

    async def _answer_view(self, token: str, send: Send) -> None:
        path = self._workshop.view(token)
        body = b"" if path is None else path.read_bytes()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        status = 404 if path is None else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def free_port(host: str) -> int:
    """A port that nothing listens on.

    Raises:
        OutputError: The address is not one of this computer.
    """
    return _bound_port(host, 0)


def _middleware(workshop: Workshop) -> Any:
    return require("starlette.middleware", extra=EXTRA).Middleware(Headers, workshop=workshop)


def _check(settings: PageSettings) -> None:
    if not 0 <= settings.port <= 65535:
        raise ConventionError("--port", expected="0 to 65535", got=str(settings.port))
    if not 0 < settings.max_upload <= 1000:
        got = f"{settings.max_upload:g}"
        raise ConventionError("--max-upload", expected="above 0 and up to 1000 MB", got=got)
    if re.fullmatch(r"[0-9A-Za-z.:_-]+", settings.host) is None:
        raise ConventionError("--host", expected="an address or a name", got=repr(settings.host))
    _bound_port(settings.host, settings.port)


def _bound_port(host: str, port: int) -> int:
    """Binds a port for a moment, so that a taken one is reported as such."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
    except OSError as error:
        raise OutputError(
            f"Cannot listen on {host}, port {port}", got=error.strerror or str(error),
            do="Choose another --port, or 0 for a free one, or another --host.",
        ) from error  # fmt: skip
    return found
