"""Makes many worlds, captures or shards of training samples, several at a time, and resumes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from scenewright.core import (
    ConventionError,
    OutputError,
    Progress,
    ScenewrightError,
    UnknownNameError,
    no_progress,
)
from scenewright.io import read_json, write_json
from scenewright.runs.threads import use_threads
from scenewright.worlds import (
    TRAJECTORIES,
    DepthSensor,
    PoseNoise,
    film_world,
    make_world,
)
from scenewright.worlds.kinds import KINDS, check_kind
from scenewright.worlds.writing import (
    ShardRecipe,
    TruthParts,
    check_layout,
    write_capture,
    write_shard,
    write_world,
)
from scenewright.worlds.writing.samples import check_count, check_size

State = Literal["made", "kept", "failed"]
RECIPE_FILE = "recipe.json"
_MARKERS = {"worlds": "world.json", "captures": "capture.json", "shards": ""}
DATA_FORMS = tuple(_MARKERS)
"""What `make_data` makes."""
_DEFAULT_WAY = {"rooms": "sweep", "random": "orbit", "tabletop": "orbit"}
_MOST_WORKERS = 256


@dataclass(frozen=True)
class DataSettings:
    """How worlds, captures and shards are made.

    Attributes:
        kind: Kind of the worlds; None = rooms, or for shards the usual shares of all kinds.
        layout: Of captures.
        num_frames: Of each capture.
        trajectory: Of each capture; None = what suits the kind.
        size: Width and height of the pictures, pixels; None = 640 x 480 for captures and the
            pictures of worlds, 320 x 240 for shards.
        num_objects: Least and greatest number of objects of a world; None = usual for the kind.
        sensor: Whether depth and poses carry the errors of a depth camera and its tracker.
        jpeg_quality: Of color pictures in captures; None for PNG.
        views_per_world: Of shards.
        worlds_per_shard: Of shards.
        normals: Whether captures and shards hold normals.
    """

    kind: str | None = None
    layout: str = "plain"
    num_frames: int = 60
    trajectory: str | None = None
    size: tuple[int, int] | None = None
    num_objects: tuple[int, int] | None = None
    sensor: bool = False
    jpeg_quality: int | None = None
    views_per_world: int = 4
    worlds_per_shard: int = 50
    normals: bool = False

    def __post_init__(self) -> None:
        check_layout(self.layout)
        if self.kind is not None:
            check_kind(self.kind)
        if self.trajectory is not None and self.trajectory not in TRAJECTORIES:
            raise UnknownNameError(
                f"There is no trajectory '{self.trajectory}'",
                expected=f"one of {', '.join(TRAJECTORIES)}",
            )
        if self.size is not None:
            check_size(*self.size)
        check_count("num_frames", self.num_frames, most=100_000)
        check_count("views_per_world", self.views_per_world, most=1000)
        check_count("worlds_per_shard", self.worlds_per_shard, most=100_000)
        if self.jpeg_quality is not None:
            check_count("jpeg_quality", self.jpeg_quality, most=100)

    def recipe(self) -> ShardRecipe:
        """The recipe of the shards."""
        width, height = self.size or (320, 240)
        usual = ShardRecipe()
        return ShardRecipe(
            shares=usual.shares if self.kind is None else {self.kind: 1.0},
            views_per_world=self.views_per_world,
            width=width,
            height=height,
            sensor=DepthSensor() if self.sensor else None,
            normals=self.normals,
        )

    def as_dict(self, form: str) -> dict[str, Any]:
        """JSON values of what decides the bytes of one form of data."""
        if form == "shards":
            return {"form": form, **self.recipe().as_dict(), "worlds": self.worlds_per_shard}
        values: dict[str, Any] = {
            "form": form,
            "kind": self.kind or KINDS[0],
            "size": list(self.size or (640, 480)),
            "num_objects": None if self.num_objects is None else list(self.num_objects),
        }
        if form == "captures":
            for name in ("layout", "num_frames", "sensor", "jpeg_quality", "normals"):
                values[name] = getattr(self, name)
            values["trajectory"] = self.trajectory or _DEFAULT_WAY[values["kind"]]
        return values


@dataclass(frozen=True)
class DataRow:
    """What became of one world, capture or shard.

    Attributes:
        name: Of its folder or file.
        seeds: Its first seed, and the one behind its last.
        state: ``"made"``, ``"kept"`` (it was complete already) or ``"failed"``.
        note: What it holds, or why it failed.
        seconds: Time to make it, 0 if it was kept.
    """

    name: str
    seeds: tuple[int, int]
    state: State
    note: str
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class DataReport:
    """What was made.

    Attributes:
        out: Folder that holds everything.
        rows: One for each world, capture or shard, by rising seed.
    """

    out: Path
    rows: tuple[DataRow, ...]

    COLUMNS = ("name", "seeds", "state", "what", "time")

    def count(self, state: State) -> int:
        """Number of rows in a state."""
        return sum(row.state == state for row in self.rows)

    def cells(self, *, most: int = 20) -> list[tuple[str, ...]]:
        """Rows as text: all failed ones, and of the others the last few, `most` in all."""
        failed = [row for row in self.rows if row.state == "failed"]
        others = [row for row in self.rows if row.state != "failed"]
        room = max(most - len(failed), 0)
        shown = [*failed, *others[len(others) - min(room, len(others)) :]]
        return [
            (
                row.name,
                str(row.seeds[0])
                if row.seeds[1] == row.seeds[0] + 1
                else f"{row.seeds[0]}:{row.seeds[1]}",
                row.state,
                row.note,
                f"{row.seconds:.1f} s" if row.seconds else "-",
            )
            for row in sorted(shown, key=lambda row: row.seeds)
        ]

    def summary(self) -> str:
        """One line."""
        return (
            f"{self.count('made')} made, {self.count('kept')} kept, "
            f"{self.count('failed')} failed of {len(self.rows)}"
        )


@dataclass(frozen=True)
class _Job:
    form: str
    path: Path
    seeds: range
    settings: DataSettings


def make_data(
    form: str,
    out: str | Path,
    seeds: range,
    *,
    settings: DataSettings | None = None,
    num_workers: int = 1,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DataReport:
    """Makes worlds, captures or shards; what is complete in the folder is kept.

    What one seed makes depends on nothing else, so the number of workers and interruptions change
    no byte.

    Args:
        form: One of `DATA_FORMS`.
        out: Folder for everything; may hold what an earlier call with the same settings made.
        seeds: Rising by 1, at least one. One world or capture each; shards hold several.
        settings: How; None = the defaults.
        num_workers: Processes that work at the same time.
        overwrite: Whether older data made with other settings may be replaced.
        progress: Told how far it is.

    Raises:
        UnknownNameError: There is no such form of data.
        ConventionError: A number is out of range, or there is no seed.
        OutputError: The folder holds data that was made with other settings.
    """
    used = DataSettings() if settings is None else settings
    _check(form, seeds, num_workers)
    out = Path(out)
    fresh = _claim(out, used.as_dict(form), overwrite=overwrite)
    jobs = list(_jobs(form, out, seeds, used))
    kept = set() if fresh else {job for job in jobs if _is_complete(job)}
    rows = [_row(job, "kept", "") for job in kept]
    progress(form, len(rows), len(jobs), form)
    for row in _run([job for job in jobs if job not in kept], num_workers):
        rows.append(row)
        progress(form, len(rows), len(jobs), form)
    return DataReport(out, tuple(sorted(rows, key=lambda row: row.seeds)))


def _check(form: str, seeds: range, num_workers: int) -> None:
    if form not in _MARKERS:
        raise UnknownNameError(
            f"There is no form of data '{form}'", expected=f"one of {', '.join(DATA_FORMS)}"
        )
    if not len(seeds) or seeds.step != 1 or seeds.start < 0:
        raise ConventionError("Seeds", expected="at least one, rising by 1", got=str(seeds))
    check_count("num_workers", num_workers, most=_MOST_WORKERS)


def _claim(out: Path, recipe: dict[str, Any], *, overwrite: bool) -> bool:
    """Notes in the folder what it holds; returns whether what is there counts for nothing."""
    path = out / RECIPE_FILE
    if path.is_file() and read_json(path) == recipe:
        return False
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if path.is_file() and overwrite:
            write_json(path, recipe)
            return True
        raise OutputError(
            f"Cannot write into {out}",
            expected="a new folder, or one that was made with the same settings",
            got="data made with other settings" if path.is_file() else "something else",
            do="Choose another folder, or add --overwrite to make the data again."
            if path.is_file()
            else "Choose another folder.",
        )
    write_json(path, recipe)
    return True


def _jobs(form: str, out: Path, seeds: range, settings: DataSettings) -> Iterator[_Job]:
    if form != "shards":
        kind = settings.kind or KINDS[0]
        for seed in seeds:
            yield _Job(form, out / f"{kind}-{seed:06d}", range(seed, seed + 1), settings)
        return
    # Shards begin at multiples of their size, so that another range of seeds shares its shards.
    step = settings.worlds_per_shard
    for first in range(seeds.start - seeds.start % step, seeds.stop, step):
        part = range(max(first, seeds.start), min(first + step, seeds.stop))
        yield _Job(form, out / f"shard-{part.start:09d}-{part.stop:09d}.tar", part, settings)


def _is_complete(job: _Job) -> bool:
    """Whether the output is there; everything is written whole or not at all."""
    marker = _MARKERS[job.form]
    return (job.path / marker).is_file() if marker else job.path.is_file()


def _run(jobs: Sequence[_Job], num_workers: int) -> Iterator[DataRow]:
    if num_workers == 1 or len(jobs) < 2:
        yield from map(_make, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(num_workers, len(jobs)), context, _use_one_core) as pool:
        with _one_core_each():
            waiting: list[Future[DataRow]] = [pool.submit(_make, job) for job in jobs]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BrokenProcessPool as error:
            raise ScenewrightError(
                "A worker was ended from outside",
                expected="enough memory for every worker",
                got=str(error),
                do="Use fewer workers. The same line goes on where this one stopped.",
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _one_core_each() -> Iterator[None]:
    """Keeps the libraries of processes that start meanwhile from taking all cores.

    They read these names when they are loaded, which is too early for the worker to set them.
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
    """The same for our own compiled loops, in a worker."""
    use_threads(1)


def _make(job: _Job) -> DataRow:
    """Makes one output; an error on purpose becomes a row, any other ends everything."""
    start = perf_counter()
    try:
        note = _MAKERS[job.form](job)
    except OutputError:
        raise
    except ScenewrightError as error:
        return _row(job, "failed", str(error), perf_counter() - start)
    return _row(job, "made", note, perf_counter() - start)


def _row(job: _Job, state: State, note: str, seconds: float = 0.0) -> DataRow:
    return DataRow(job.path.name, (job.seeds.start, job.seeds.stop), state, note, seconds)


def _make_world(job: _Job) -> str:
    settings = job.settings
    world = make_world(settings.kind or KINDS[0], job.seeds.start, num_objects=settings.num_objects)
    write_world(world, job.path, preview_size=settings.size or (640, 480), overwrite=True)
    return f"{world.kind}, {len(world.labels) - len(world.stuff_ids)} objects"


def _make_capture(job: _Job) -> str:
    settings, seed = job.settings, job.seeds.start
    kind = settings.kind or KINDS[0]
    world = make_world(kind, seed, num_objects=settings.num_objects)
    width, height = settings.size or (640, 480)
    film = film_world(
        world,
        trajectory=settings.trajectory or _DEFAULT_WAY[kind],
        num_frames=settings.num_frames,
        width=width,
        height=height,
        sensor=DepthSensor() if settings.sensor else None,
        pose_noise=PoseNoise() if settings.sensor else None,
        seed=seed,
    )
    write_capture(
        film,
        job.path,
        layout=settings.layout,
        truth=TruthParts(normals=settings.normals),
        jpeg_quality=settings.jpeg_quality,
        overwrite=True,
    )
    objects = len(world.labels) - len(world.stuff_ids)
    return f"{world.kind}, {objects} objects, {len(film)} frames"


def _make_shard(job: _Job) -> str:
    count = write_shard(job.path, job.settings.recipe(), job.seeds)
    wanted = len(job.seeds) * job.settings.views_per_world
    missing = "" if count == wanted else f", {wanted - count} views could not be taken"
    return f"{count} samples, {job.path.stat().st_size / 1e6:.1f} MB{missing}"


_MAKERS: dict[str, Callable[[_Job], str]] = {
    "worlds": _make_world,
    "captures": _make_capture,
    "shards": _make_shard,
}
