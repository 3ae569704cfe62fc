"""What Numba compiles is measured and announced; what its cache holds is not compiled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from numba import njit

from scenewright.runs.compilation import CompileTime, is_cached, watching

KERNEL = """
from numba import njit

@njit(cache=True)
def double(x):
    return 2 * x
"""


def test_compilation_is_announced_and_measured() -> None:
    announced: list[str] = []

    @njit
    def inner(x: float) -> float:
        return x + 1

    @njit
    def outer(x: float) -> float:
        return 2 * float(inner(x))

    with watching(lambda: announced.append("now")) as time:
        assert outer(1.5) == 5.0
        first = time.seconds
        # `inner` was compiled as a part of `outer`.
        assert announced == ["now"] and first > 0
        assert outer(2.5) == 7.0
        assert time.seconds == first and len(announced) == 1
    outer(1)
    assert time.seconds == first and len(announced) == 1


def test_other_threads_do_not_count() -> None:
    announced: list[str] = []

    @njit
    def kernel(x: float) -> float:
        return x - 1

    with watching(lambda: announced.append("now")) as time:
        thread = threading.Thread(target=kernel, args=(1.0,))
        thread.start()
        thread.join()
    assert kernel.signatures and not announced and time.seconds == 0.0


def test_waiting_for_another_process_counts() -> None:
    time = CompileTime()
    with pytest.raises(KeyError), time.adding():
        raise KeyError
    assert 0 < time.seconds < 1


def test_a_kernel_is_cached_after_its_first_call(tmp_path: Path) -> None:
    module = tmp_path / "kernel_of_a_test.py"
    module.write_text(KERNEL)
    code = (
        "import kernel_of_a_test as m; from scenewright.runs.compilation import is_cached\n"
        "print(is_cached(m.double)); m.double(1.0); print(is_cached(m.double))"
    )

    def run() -> list[str]:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert run() == ["False", "True"]
    assert run() == ["True", "True"]
    # A changed source makes the cache useless.
    later = module.stat().st_mtime + 1000
    os.utime(module, (later, later))
    assert run()[0] == "False"


def test_without_compilation_nothing_is_missing() -> None:
    assert is_cached(lambda x: x)
