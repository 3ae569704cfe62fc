"""Work that is divided among several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Thread
from typing import TypeVar

from scenewright.core import ScenewrightError
from scenewright.runs.threads import use_threads

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


def in_processes(
    task: Callable[[Item], Outcome], items: Sequence[Item], num_workers: int
) -> Generator[Outcome, None, None]:
    """Runs a task for each item in parallel and yields each outcome as soon as it is known.

    The workers end at once, in the middle of their items, when this process ends for whatever
    reason, on Ctrl-C, and when the generator is closed.

    Args:
        task: A function of a module, or a `functools.partial` of one.
        items: What it is called with, in any order if there is more than one process.
        num_workers: Number of processes, one core each; 1 runs everything in this one, in order.

    Raises:
        ScenewrightError: A worker was killed. Errors of the task are raised as they are.
    """
    if num_workers == 1 or len(items) < 2:
        yield from map(task, items)
        return
    context = multiprocessing.get_context("spawn")
    # Only this process holds the writing end: it closes with the process, even if that is killed.
    alive, lifeline = context.Pipe(duplex=False)
    number = min(num_workers, len(items))
    with (
        lifeline,
        alive,
        ProcessPoolExecutor(number, context, _prepare_worker, (alive,)) as pool,
    ):
        try:
            with _one_core_each():
                waiting: list[Future[Outcome]] = [pool.submit(task, item) for item in items]
            for future in as_completed(waiting):
                yield future.result()
        except BrokenProcessPool as error:
            raise ScenewrightError(
                "A worker was killed",
                expected="enough memory for every worker",
                got=str(error),
                do="Use fewer workers; run the same command again to resume.",
            ) from error
        except BaseException:
            lifeline.close()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _one_core_each() -> Iterator[None]:
    """Limits libraries to one core in processes that start inside the block.

    Libraries read these variables when loaded, before the worker could set them.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _prepare_worker(alive: Connection) -> None:
    """Limits the compiled loops of a worker to one core, and its life to that of its parent.

    Args:
        alive: Reading end of a pipe whose writing end the parent alone holds.
    """
    # Ctrl-C reaches the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(alive,), daemon=True).start()
    use_threads(1)


def _end_with(alive: Connection) -> None:
    """Waits for the end of the parent, and ends this process; its files are written atomically."""
    with suppress(OSError, EOFError):
        alive.recv_bytes()
    os._exit(1)
