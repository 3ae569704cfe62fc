"""A local hub of model repositories for the real huggingface_hub."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub(ThreadingHTTPServer):
    """Serves the files of one repository and records the requests.

    Args:
        repo: ``ORG/REPO``.
        files: Name to content.
    """

    def __init__(self, repo: str, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repo = repo
        self.files = files
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        """Value for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *_: object) -> None:
        """Disables logging."""

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def _answer(self, *, has_body: bool) -> None:
        hub, path = self.server, self.path.split("?")[0]
        api, files = f"/api/models/{hub.repo}", f"/{hub.repo}/resolve/{COMMIT}/"
        if path.startswith(files) and path.removeprefix(files) in hub.files:
            name = path.removeprefix(files)
            if has_body:
                hub.fetched.append(name)
            self._send(hub.files[name], has_body=has_body)
        elif path in (api, f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
            siblings = [{"rfilename": name} for name in hub.files]
            facts = {"id": hub.repo, "sha": COMMIT, "siblings": siblings}
            self._send(json.dumps(facts).encode(), has_body=has_body)
        elif path.startswith(f"{api}/tree/"):
            rows = [
                {"type": "file", "path": name, "size": len(data), "oid": _tag(data)}
                for name, data in hub.files.items()
            ]
            self._send(json.dumps(rows).encode(), has_body=has_body)
        else:
            self.send_error(404)

    def _send(self, data: bytes, *, has_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("ETag", f'"{_tag(data)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if has_body:
            self.wfile.write(data)


def _tag(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


@contextmanager
def serve(repo: str, files: dict[str, bytes]) -> Iterator[FakeHub]:
    """Runs a hub while the block runs."""
    with FakeHub(repo, files) as hub:
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()
