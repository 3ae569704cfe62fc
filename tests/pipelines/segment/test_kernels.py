"""The process that compiles the kernels of a first run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scenewright.core import Scene
from scenewright.pipelines.segment import kernels
from scenewright.pipelines.segment.kernels import KernelProcess, kernels_ahead, run_tiny_stream
from scenewright.runs.compilation import CompileTime


def start(code: str) -> subprocess.Popen[str]:
    """A process in place of the one that compiles."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def test_the_tiny_stream_runs_all_stages() -> None:
    stages = list(run_tiny_stream())
    assert len(stages) == 2 and stages[0] is None
    assert isinstance(stages[1], Scene) and len(stages[1].instances) > 0
    assert stages[1].assets


def test_frames_wait_for_their_kernels_and_the_scene_for_all() -> None:
    code = "import time; time.sleep(0.3); print('frames', flush=True); time.sleep(0.3)"
    announced: list[str] = []
    time = CompileTime()
    with start(code) as process:
        ahead = KernelProcess(process, time)
        ahead.wait_for_frames(lambda: announced.append("frames"))
        assert time.seconds > 0.2 and process.poll() is None
        ahead.wait_for_frames(lambda: announced.append("again"))
        before = time.seconds
        ahead.wait(lambda: announced.append("scene"))
        assert process.poll() == 0 and time.seconds > before
        ahead.wait(lambda: announced.append("again"))
    assert announced == ["frames", "scene"]


def test_a_process_that_fails_stops_nothing() -> None:
    with start("raise SystemExit(1)") as process:
        ahead = KernelProcess(process, CompileTime())
        ahead.wait_for_frames(lambda: None)
        ahead.wait(lambda: None)
    assert process.returncode == 1


def test_it_is_started_for_missing_kernels_only(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    def start_sleeper() -> subprocess.Popen[str]:
        started.append(start("import time; time.sleep(60)"))
        return started[-1]

    monkeypatch.setattr(kernels, "_start", start_sleeper)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(kernels, "is_cached", lambda kernel: True)
    with kernels_ahead(CompileTime()) as ahead:
        ahead.wait_for_frames(lambda: pytest.fail("nothing to wait for"))
        ahead.wait(lambda: pytest.fail("nothing to wait for"))
    assert not started
    monkeypatch.setattr(kernels, "is_cached", lambda kernel: False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with kernels_ahead(CompileTime()):
        assert not started
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with pytest.raises(KeyError), kernels_ahead(CompileTime()):
        assert len(started) == 1 and started[0].poll() is None
        raise KeyError
    # It does not outlive the run.
    assert started[0].poll() is not None


def test_a_system_without_processes_compiles_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **keywords: object) -> None:
        raise OSError("no process")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert kernels._start() is None
