"""What a batch has to do: a name for each run, what is done already, what a crash left behind."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scenewright.core import ConventionError, FormatError, OutputError, UnknownNameError
from scenewright.fusion import fusion_preset
from scenewright.io import read_json
from scenewright.models import available
from scenewright.pipelines.batch.report import BATCH_JSON, BATCH_MD
from scenewright.pipelines.segment.run import REPORT, read_report
from scenewright.runs.outputs import check_output

PLACEHOLDERS = ("{capture}", "{name}")
"""Stand for the folder of a capture and for the name of its run, in the path of its masks."""
LOCK = ".batch.lock"
"""Name under which `atomic_folder` keeps a folder until it is whole."""


@dataclass(frozen=True)
class Job:
    """One capture to segment.

    Attributes:
        name: Name of the run.
        capture: Folder of the capture, absolute.
        run: Run folder, absolute.
        settings: Keywords for `segment_run`, except how its output is handled.
    """

    name: str
    capture: Path
    run: Path
    settings: dict[str, Any] = field(repr=False)


def make_jobs(
    captures: Sequence[str | Path], out: str | Path, settings: dict[str, Any]
) -> tuple[Job, ...]:
    """One job per capture.

    Args:
        captures: Folders of captures.
        out: Folder to make the run folders in.
        settings: Keywords for `segment_run`; ``masks`` may hold `PLACEHOLDERS`.

    Raises:
        ConventionError: No capture is given, or one twice.
        UnknownNameError: The masks are neither a backend nor a path per capture.
    """
    folders = [Path(capture).resolve() for capture in captures]
    names = run_names(folders)
    masks = str(settings["masks"])
    is_backend = masks in available("*")
    if not is_backend and len(folders) > 1 and not any(word in masks for word in PLACEHOLDERS):
        # Frames of other captures have the same names more often than not, so that one folder
        # would give most captures the masks of another one.
        raise UnknownNameError(
            f"Masks '{masks}' for {len(folders)} captures",
            expected=f"a backend ({', '.join(available('masks/*'))}) or a path per capture",
            got="one path for all",
            do="Write the path with {capture} (its folder) or {name} (that of its run) in it.",
        )
    jobs = []
    for folder, name in zip(folders, names, strict=True):
        own = masks
        if not is_backend:
            own = str(Path(masks.replace("{capture}", str(folder)).replace("{name}", name)))
            own = os.path.abspath(own)
        run = Path(out).resolve() / name
        jobs.append(Job(name, folder, run, {**settings, "masks": own}))
    return tuple(jobs)


def run_names(folders: Sequence[Path]) -> list[str]:
    """A name for the run of each capture: that of its folder, after its parents' where needed.

    Depends on nothing but the paths. Names differ even where upper and lower case do not count.

    Args:
        folders: Absolute paths of the captures.

    Raises:
        ConventionError: There is none, one is given twice, or two cannot be told apart.
    """
    if not folders:
        raise ConventionError("Captures of the batch", expected="at least one", got="none")
    twice = [folder for folder, count in Counter(folders).items() if count > 1]
    if twice:
        raise ConventionError(
            "Captures of the batch", expected="each once", got=f"{twice[0]} twice"
        )
    parts = [folder.parts[1:] or ("capture",) for folder in folders]
    depths = [1] * len(folders)
    while True:
        names = ["-".join(path[-depth:]) for path, depth in zip(parts, depths, strict=True)]
        counts = Counter([BATCH_JSON, BATCH_MD, *(name.casefold() for name in names)])
        alike = [i for i, name in enumerate(names) if counts[name.casefold()] > 1]
        if not alike:
            return names
        longer = [i for i in alike if depths[i] < len(parts[i])]
        if not longer:
            raise ConventionError(
                "Names of the captures",
                expected="paths that give each run a name of its own",
                got=f"'{names[alike[0]]}' for {folders[alike[0]]} and another",
                do="Segment it in a batch of its own.",
            )
        for i in longer:
            depths[i] += 1


def is_done(job: Job, *, overwrite: bool) -> bool:
    """Whether the run of a job is there, whole, and made with the same settings.

    Raises:
        OutputError: Something else is there, and may not be replaced.
    """
    if not (job.run / REPORT).is_file():
        check_output(job.run, marker=REPORT, overwrite=overwrite)
        return False
    found = difference(job)
    if found is None:
        return True
    if not overwrite:
        name, wanted, there = found
        raise OutputError(
            f"The run {job.run} was made with other settings",
            expected=f"{name} = {wanted}",
            got=f"{name} = {there}",
            do="Choose another folder, or add --overwrite (overwrite=True) to replace such runs.",
        )
    check_output(job.run, marker=REPORT, overwrite=True)
    return False


def is_whole(job: Job) -> bool:
    """Whether the run of a job is there and was made with the same settings."""
    return (job.run / REPORT).is_file() and difference(job) is None


def difference(job: Job) -> tuple[str, str, str] | None:
    """The first setting in which an older run differs from a job.

    The number of threads is no such setting: it changes how long a run takes, not what it finds.

    Returns:
        Name of the setting, its value in the job and in the run; None if all are equal.
    """
    try:
        config = read_json(job.run / "config.json")
    except (FormatError, OSError):
        config = None
    if not isinstance(config, dict):
        return "config.json", "the settings of a run", "a missing or damaged file"
    wanted = _wanted(job)
    there = {name: config.get(name) for name in wanted}
    fusion = config.get("fusion")
    wanted.update(_fusion(job))
    there.update(fusion if isinstance(fusion, dict) else {})
    if job.settings["masks"] not in available("*"):
        there["masks"] = os.path.abspath(str(there["masks"]))
    if wanted["id_maps"] and not there["id_maps"]:
        # It was asked for them, and said why it could not write them.
        told = any(line.startswith("[id-maps]") for line in read_report(job.run)["warnings"])
        there["id_maps"] = told
    for name, value in wanted.items():
        if value != there.get(name):
            return name, str(value), str(there.get(name))
    return None


def _wanted(job: Job) -> dict[str, Any]:
    """Settings of a job as config.json would hold them, but for those of the fusion."""
    names = ("masks", "mask_suffix", "weights", "preset", "stride", "id_maps")
    wanted = {"verb": "segment", "capture": str(job.capture)}
    wanted.update({name: job.settings[name] for name in names})
    if job.settings["layout"] is not None:
        wanted["layout"] = job.settings["layout"]
    return wanted


def _fusion(job: Job) -> dict[str, Any]:
    settings = job.settings
    config = fusion_preset(
        settings["preset"], voxel_size=settings["voxel_size"], max_depth=settings["max_depth"]
    )
    values = json.loads(json.dumps(asdict(config)))
    assert isinstance(values, dict)
    return values


@contextmanager
def only_batch(out: Path) -> Iterator[None]:
    """Makes a folder and keeps other batches out of it, which would remove each other's work.

    The system forgets the lock when the process ends, however it ends.

    Raises:
        OutputError: Another batch is at work there.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    path = out / LOCK
    try:
        handle = _locked(path)
    except (BlockingIOError, FileExistsError):
        raise OutputError(
            f"Cannot write {out}",
            expected="a folder that no other batch writes to",
            got="another batch at work",
            do="Wait for it, or choose another folder.",
        ) from None
    try:
        yield
    finally:
        if sys.platform != "win32":  # which removes it when it is closed
            path.unlink(missing_ok=True)
        os.close(handle)
        for folder in made:
            if any(folder.iterdir()):
                break
            folder.rmdir()


def _locked(path: Path) -> int:
    if sys.platform == "win32":
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
    import fcntl

    handle = os.open(path, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (path.exists() and os.path.samestat(os.fstat(handle), path.stat())):
            # The batch that held it has just removed it, and a third may have begun.
            raise BlockingIOError
    except OSError:
        os.close(handle)
        raise
    return handle
