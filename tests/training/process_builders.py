"""Starts commands as several processes that train together, as a launcher does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import scenewright


def run_together(*words: str | Path, count: int = 2) -> list[str]:
    """Runs a command of scenewright as several processes on CPUs; returns what each printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = str(Path(scenewright.__file__).resolve().parents[1])
    command = [sys.executable, "-m", "scenewright", *map(str, words)]
    started = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ, "PYTHONPATH": source, "RANK": str(rank), "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count),
                "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
                "ACCELERATE_USE_CPU": "true",
            },
        )
        for rank in range(count)
    ]  # fmt: skip
    printed = [each.communicate(timeout=900)[0] for each in started]
    for each, text in zip(started, printed, strict=True):
        assert each.returncode == 0, text
    return printed
