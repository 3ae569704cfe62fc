"""How ``scenewright page`` shows its address, and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.page.serving import PageServer
    from scenewright.pipelines.page.settings import PageSettings


def show(server: PageServer, settings: PageSettings, out: Printer) -> int:
    """Shows the address and waits for Ctrl-C; then the files of the page are removed."""
    with server:
        out.write(f"page: {server.url}")
        if not out.quiet:
            out.write("Ctrl-C stops it and removes what was uploaded and made")
        try:
            server.wait()
        except KeyboardInterrupt:
            out.write("stopped")
    return 0
