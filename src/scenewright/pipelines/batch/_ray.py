"""Jobs of a batch on the workers of Ray."""

from __future__ import annotations

import logging
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

from scenewright.core import ConventionError, ScenewrightError
from scenewright.core.optional import require
from scenewright.io.atomic import remove_unfinished
from scenewright.pipelines.batch._plan import Job, can_resume, is_whole
from scenewright.pipelines.table import VERBS
from scenewright.runs.threads import use_threads

OBJECT_STORE_BYTES = 100 * 2**20
"""Ray's share of /dev/shm; small, as only paths and settings are sent and containers have
little."""
CONNECT_SECONDS = 5.0
"""Timeout for a cluster to answer; Ray itself would wait for minutes and exit the process."""
CANCEL_SECONDS = 10.0
"""Time that workers get to stop when a batch is interrupted."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one job.

    Attributes:
        job: The job.
        state: ``done``, ``failed`` (an error that would recur), or ``died`` (the worker ended).
        tries: Number of attempts.
        message: Why it failed.
    """

    job: Job
    state: Literal["done", "failed", "died"]
    tries: int
    message: str = ""


@dataclass(frozen=True)
class Workers:
    """The workers of a batch.

    Attributes:
        count: Inputs that are worked on at the same time.
        num_threads: Cores that each of them uses.
    """

    count: int
    num_threads: int


@contextmanager
def ray_session(address: str | None, *, num_workers: int | None, num_threads: int) -> Iterator[Any]:
    """Starts Ray on this machine, or joins a cluster, and yields the module `ray`.

    If this process has already started Ray, that session is used and left running.

    Args:
        address: Address of a cluster; None starts Ray on this machine.
        num_workers: Number of tasks of `num_threads` cores that must be able to run at once; None
            means one per core.
        num_threads: Cores per task.

    Raises:
        MissingExtraError: Ray is not installed.
        ScenewrightError: The cluster cannot be joined.
    """
    ray = require("ray", extra="batch")
    if ray.is_initialized():
        if address is not None:
            raise ConventionError(
                f"Address {address} of a Ray cluster",
                expected="no address, as this process already uses Ray",
                got="one",
                do="Leave it out, or call ray.shutdown() first.",
            )
        yield ray
        return
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address is None:
        # The requested number of workers is granted even if they have to share cores.
        num_cpus = max(num_cores(), (num_workers or 1) * num_threads)
        ray.init(
            address="local",
            num_cpus=num_cpus,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            **quiet,
        )
    else:
        _join(ray, address, quiet)
    try:
        yield ray
    finally:
        ray.shutdown()


def num_cores() -> int:
    """Cores that the compiled loops may use on this machine."""
    import numba

    return int(vars(numba.config)["NUMBA_NUM_THREADS"])


def divide(ray: Any, *, num_jobs: int, num_workers: int | None, num_threads: int | None) -> Workers:
    """Divides the cores among workers, so that workers do not compete for them.

    Args:
        ray: Ray, started.
        num_jobs: Jobs; more workers than that would idle.
        num_workers: As requested; None means one per core, or per `num_threads` cores.
        num_threads: As requested; None divides all cores among the workers.

    Raises:
        ConventionError: No machine has that many cores.
    """
    nodes = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    nodes = [cores for cores in nodes if cores] or [1]
    if num_threads is not None and num_threads > max(nodes):
        # Ray would wait forever for such a machine.
        raise ConventionError(
            "Number of threads",
            expected=f"at most {max(nodes)}, the cores of the largest machine",
            got=str(num_threads),
        )
    if num_workers is None:
        num_workers = sum(cores // (num_threads or 1) for cores in nodes)
    num_workers = max(1, min(num_workers, num_jobs))
    if num_threads is None:
        # A task cannot span two machines, and should fit on each of them.
        num_threads = max(1, min(sum(nodes) // num_workers, *nodes))
    return Workers(num_workers, num_threads)


def run_jobs(
    ray: Any, jobs: Sequence[Job], *, workers: Workers, retries: int, overwrite: bool
) -> Iterator[Outcome]:
    """Runs the jobs and yields the outcome of each as soon as it is known.

    A job whose worker dies is retried after the waiting ones. If the caller stops iterating or is
    interrupted, the workers are stopped.

    Args:
        ray: Ray, started.
        jobs: The jobs.
        workers: Number of workers and their cores.
        retries: How often a job may be retried.
        overwrite: Whether an older run may be replaced.
    """
    task = ray.remote(run_job)
    waiting = deque((job, 1) for job in jobs)
    running: dict[Any, tuple[Job, int]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers.count:
                job, num_try = waiting.popleft()
                # Ray's own retries would neither clean up in between nor report their number.
                options = {"num_cpus": workers.num_threads, "max_retries": 0}
                begun = task.options(name=f"{job.verb} {job.name}", **options)
                reference = begun.remote(
                    job, num_threads=workers.num_threads, num_try=num_try, overwrite=overwrite
                )
                running[reference] = (job, num_try)
            (reference,), _ = ray.wait(list(running), num_returns=1)
            job, num_try = running[reference]
            outcome = _outcome(ray, reference, job, num_try)
            del running[reference]
            if outcome.state == "died":
                remove_unfinished(job.run)
            if outcome.state != "done" and is_whole(job):
                # It died between its last file and its answer, or a worker that survived an
                # earlier batch was faster.
                outcome = Outcome(job, "done", num_try)
            if outcome.state == "died" and num_try <= retries:
                waiting.append((job, num_try + 1))
                continue
            yield outcome
    finally:
        _end(ray, running)


def run_job(job: Job, *, num_threads: int, num_try: int, overwrite: bool) -> Outcome:
    """Runs the verb on one input, in a worker.

    Errors are returned rather than raised, since they would recur on every retry; only a lack of
    memory may be temporary.

    Args:
        job: What to do.
        num_threads: Cores to use if the job does not say.
        num_try: Number of the attempt, from 1.
        overwrite: Whether an older run may be replaced.
    """
    verb = VERBS[job.verb]
    if getattr(job.settings, "threads", None) is None:
        # A machine of a cluster may offer fewer cores than the batch expects.
        use_threads(min(num_threads, num_cores()))
    try:
        options = {"resume": True} if can_resume(job) else {}
        # The first two parameters of every verb that makes a run are its input and its output.
        verb.run()(job.source, job.run, settings=job.settings, overwrite=overwrite, **options)
    except MemoryError as error:
        return Outcome(job, "died", num_try, f"out of memory: {error}")
    except ScenewrightError as error:
        return Outcome(job, "failed", num_try, str(error))
    except Exception as error:
        # A bug that one capture exposes must not stop the others.
        return Outcome(job, "failed", num_try, f"{type(error).__name__}: {error}")
    return Outcome(job, "done", num_try)


def _join(ray: Any, address: str, quiet: dict[str, Any]) -> None:
    """Joins a cluster, after checking that one answers."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if port.isdigit():
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        ray.init(address=address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        raise ScenewrightError(
            f"Cannot join the Ray cluster at {address}",
            expected="the address of a running one, such as 10.0.0.1:6379",
            got=str(error),
            do="Start one with 'ray start --head', or leave --address out to use this machine. "
            "If it asks for a token, set RAY_AUTH_MODE=token.",
        ) from error


def _outcome(ray: Any, reference: Any, job: Job, num_try: int) -> Outcome:
    """The result of a worker, or the likely reason why there is none."""
    errors = ray.exceptions
    try:
        outcome: Outcome = ray.get(reference)
    except errors.OutOfMemoryError:
        reason = "was stopped by Ray because the machine ran low on memory"
    except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError):
        reason = "ended unexpectedly: killed, or out of memory"
    except errors.RayError as error:
        return Outcome(job, "failed", num_try, f"{type(error).__name__}: {error}")
    else:
        return outcome
    times = "" if num_try == 1 else f", {num_try} times"
    return Outcome(job, "died", num_try, f"The worker {reason}{times}")


def _end(ray: Any, running: dict[Any, tuple[Job, int]]) -> None:
    """Stops the workers of abandoned tasks."""
    if not running:
        return
    for reference in running:
        ray.cancel(reference, force=True)
    with suppress(ray.exceptions.RayError):
        ray.wait(list(running), num_returns=len(running), timeout=CANCEL_SECONDS)
