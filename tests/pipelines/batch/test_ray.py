"""Workers: how cores are shared, what errors mean, joining a cluster."""

from __future__ import annotations

import socket
import time
from types import SimpleNamespace

import pytest

from scenewright.core import CaptureError, ConventionError, ScenewrightError
from scenewright.pipelines.batch._plan import Job
from scenewright.pipelines.batch._ray import Workers, divide, ray_session, run_job


@pytest.mark.parametrize(
    ("cores", "num_jobs", "num_workers", "num_threads", "workers"),
    [
        ([16], 100, None, None, Workers(16, 1)),
        ([16], 100, 3, None, Workers(3, 5)),
        ([16], 2, None, None, Workers(2, 8)),
        ([16], 2, 8, None, Workers(2, 8)),
        ([16], 100, None, 6, Workers(2, 6)),
        ([2], 100, 5, None, Workers(5, 1)),
        ([2], 1, None, None, Workers(1, 2)),
        ([64, 8], 2, None, None, Workers(2, 8)),
        ([0, 8, 8], 100, 4, None, Workers(4, 4)),
    ],
)
def test_cores_are_shared_out(
    cores: list[int],
    num_jobs: int,
    num_workers: int | None,
    num_threads: int | None,
    workers: Workers,
) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": float(count)}} for count in cores]
    nodes.append({"Alive": False, "Resources": {"CPU": 99.0}})
    ray = SimpleNamespace(nodes=lambda: nodes)
    assert (
        divide(ray, num_jobs=num_jobs, num_workers=num_workers, num_threads=num_threads) == workers
    )


def test_more_threads_than_any_machine_has_are_refused() -> None:
    ray = SimpleNamespace(nodes=lambda: [{"Alive": True, "Resources": {"CPU": 8.0}}])
    with pytest.raises(ConventionError, match="at most 8, the cores of the largest machine, got 9"):
        divide(ray, num_jobs=1, num_workers=None, num_threads=9)


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (CaptureError("It broke", got="dust"), "failed", "It broke: got dust"),
        (ZeroDivisionError("by zero"), "failed", "ZeroDivisionError: by zero"),
        (MemoryError("no 3 GB"), "died", "out of memory: no 3 GB"),
    ],
)
def test_errors_of_a_capture_are_answers(
    error: Exception, state: str, message: str, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("scenewright.pipelines.segment.run.segment_run", fail)
    outcome = run_job(job, num_threads=1, num_try=2, overwrite=False)
    assert (outcome.state, outcome.message, outcome.tries) == (state, message, 2)


@pytest.mark.parametrize("resumes", [False, True])
def test_a_job_goes_on_from_its_checkpoint(
    resumes: bool, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(
        "scenewright.pipelines.segment.run.segment_run", lambda *a, **k: calls.append((a, k))
    )
    monkeypatch.setattr("scenewright.pipelines.batch._ray.can_resume", lambda job: resumes)
    assert run_job(job, num_threads=1, num_try=1, overwrite=True).state == "done"
    expected = {"settings": job.settings, "overwrite": True}
    assert calls == [((job.source, job.run), expected | ({"resume": True} if resumes else {}))]


def test_an_address_where_nobody_answers_is_told_at_once() -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    start = time.perf_counter()
    for wrong in (address, "nonsense"):
        with (
            pytest.raises(ScenewrightError) as caught,
            ray_session(wrong, num_workers=None, num_threads=1),
        ):
            pass
        assert str(caught.value).startswith(f"Cannot join the Ray cluster at {wrong}: expected the")
        assert "ray start --head" in str(caught.value)
    assert time.perf_counter() - start < 8
