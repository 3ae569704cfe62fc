"""Decoding that runs ahead of whoever uses the frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from scenewright.core import ConventionError, Frame, FrameSource


def prefetch(source: FrameSource | Sequence[Frame], *, ahead: int = 4) -> Iterator[Frame]:
    """The frames of a source in order, the next ones being decoded in a thread meanwhile.

    Decoding lets other Python code run, so it costs no time next to work that takes longer. An
    error met while decoding frame i is raised when frame i is asked for. The thread starts with
    the first frame asked for, and ends when the iterator does or is closed.

    Args:
        source: Where the frames come from.
        ahead: How many frames may wait at most, 1 or more.
    """
    if ahead < 1:
        raise ConventionError("prefetch's ahead", expected="1 or more", got=str(ahead))
    return _frames(source, ahead)


def _frames(source: FrameSource | Sequence[Frame], ahead: int) -> Iterator[Frame]:
    waiting: deque[Future[Frame]] = deque()
    indices = iter(range(len(source)))
    pool = ThreadPoolExecutor(1, thread_name_prefix="scenewright-prefetch")
    try:
        for index in indices:
            waiting.append(pool.submit(source.__getitem__, index))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
