"""Decodes frames ahead of their use."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from scenewright.core import ConventionError, Frame, FrameSource


def prefetch(source: FrameSource | Sequence[Frame], *, ahead: int = 4) -> Iterator[Frame]:
    """The frames of a source in order, with the next ones decoded in a background thread.

    Decoding releases the interpreter lock, so it is hidden behind work that takes longer. An
    error in decoding frame i is raised when frame i is requested. The thread starts with the
    first request, and ends when the iterator is exhausted or closed.

    Args:
        source: The frames.
        ahead: Maximum number of decoded frames that wait, 1 or more.

    Raises:
        ConventionError: `ahead` is below 1.
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
