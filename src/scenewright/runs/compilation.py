"""Compilation of the kernels, which happens once per installation: when, and how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any


class CompileTime:
    """Time that the present thread spends on compilation while it is being watched.

    Attributes:
        seconds: So far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def adding(self) -> Iterator[None]:
        """Adds the duration of the block, in which another process is waited for."""
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - start


@contextmanager
def watching(announce: Callable[[], object]) -> Iterator[CompileTime]:
    """Measures what Numba compiles in this thread; kernels from its cache do not count.

    Args:
        announce: Called whenever a compilation starts that is not part of another one.
    """
    from numba.core import event

    thread = threading.get_ident()
    found = CompileTime()
    starts: list[float] = []

    class Watch(event.Listener):
        def on_start(self, event: Any) -> None:
            if threading.get_ident() != thread:
                return
            if not starts:
                announce()
            starts.append(perf_counter())

        def on_end(self, event: Any) -> None:
            if threading.get_ident() != thread or not starts:
                return
            start = starts.pop()
            if not starts:
                found.seconds += perf_counter() - start

    with event.install_listener("numba:compile", Watch()):
        yield found


def is_cached(kernel: Any) -> bool:
    """Whether an earlier process has compiled a kernel and left it in Numba's cache.

    Args:
        kernel: A function decorated with ``njit(cache=True)``.
    """
    if not hasattr(kernel, "stats"):
        return True  # compilation is switched off (NUMBA_DISABLE_JIT)
    function = kernel.py_func
    changed = Path(function.__code__.co_filename).stat().st_mtime
    indices = Path(kernel.stats.cache_path).glob(f"*.{function.__qualname__}-*.nbi")
    return any(index.stat().st_mtime >= changed for index in indices)
