"""Pieces of data made in several processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from scenewright.core import ScenewrightError
from scenewright.pipelines.make_data.pieces import Piece, make_piece
from scenewright.pipelines.make_data.report import DataRow
from scenewright.runs.threads import use_threads


def make_pieces(pieces: Sequence[Piece], num_workers: int) -> Iterator[DataRow]:
    """Makes pieces in parallel and yields each outcome as soon as it is known.

    Raises:
        ScenewrightError: A worker was killed.
    """
    if num_workers == 1 or len(pieces) < 2:
        yield from map(make_piece, pieces)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(num_workers, len(pieces)), context, _use_one_core) as pool:
        with _one_core_each():
            waiting: list[Future[DataRow]] = [pool.submit(make_piece, piece) for piece in pieces]
        try:
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


def _use_one_core() -> None:
    """Limits the compiled loops of a worker to one core."""
    use_threads(1)
