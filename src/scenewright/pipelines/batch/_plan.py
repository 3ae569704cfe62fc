"""The plan of a batch: names of the runs, which are finished, and what a crash left behind."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from scenewright.core import ConventionError, FormatError, OutputError, UnknownNameError
from scenewright.models import available
from scenewright.pipelines.batch.report import BATCH_MD
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.pipelines.table import VERBS, Verb
from scenewright.runs.fields import fields_of
from scenewright.runs.folder import CONFIG, REPORT, RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.settings_files import Difference
from scenewright.runs.unfinished import CHECKPOINT, unfinished_folder

PLACEHOLDERS = ("{capture}", "{name}")
"""Placeholders in the path of the masks: the folder of an input, and the name of its run."""
LOCK = ".batch.lock"
"""Name under which `atomic_folder` keeps a folder until it is complete."""
RESERVED = (REPORT, CONFIG, BATCH_MD)


@dataclass(frozen=True)
class Job:
    """One input of a verb.

    Attributes:
        verb: Name of the verb.
        name: Name of the run.
        source: The input, absolute.
        run: Run folder, absolute.
        settings: Settings of the verb.
    """

    verb: str
    name: str
    source: Path
    run: Path
    settings: Settings = field(repr=False)


def batch_verb(name: str) -> Verb:
    """The verb of a batch.

    Raises:
        UnknownNameError: There is no such verb, or it does not make one run per input.
    """
    possible = [verb.name for verb in VERBS.values() if verb.makes_run]
    if name not in possible:
        raise UnknownNameError(
            f"The verb '{name}' cannot be run as a batch", expected=f"one of {', '.join(possible)}"
        )
    return VERBS[name]


def make_jobs(
    verb: Verb, inputs: Sequence[str | Path], out: str | Path, settings: Settings
) -> tuple[Job, ...]:
    """One job per input.

    Args:
        verb: What to do with each.
        inputs: Input folders.
        out: Folder to make the run folders in.
        settings: Of the verb; ``masks`` may hold `PLACEHOLDERS`.

    Raises:
        ConventionError: No input is given, or one twice.
        UnknownNameError: The masks are neither a backend nor a path per input.
    """
    assert verb.output is not None and verb.output.default is not None
    folders = [Path(given).resolve() for given in inputs]
    _check_masks(settings, len(folders))
    jobs = []
    for folder, name in zip(folders, run_names(folders), strict=True):
        run = Path(out).resolve() / Path(verb.output.default.format(name=name)).name
        jobs.append(Job(verb.name, name, folder, run, _settings_of(settings, folder, name)))
    return tuple(jobs)


def _check_masks(settings: Settings, num_inputs: int) -> None:
    if not isinstance(settings, MaskSettings) or settings.uses_backend or num_inputs < 2:
        return
    if not any(word in settings.masks for word in PLACEHOLDERS):
        # Frames of different captures often have the same names, so one shared folder would give
        # captures the masks of another one.
        raise UnknownNameError(
            f"Masks '{settings.masks}' for {num_inputs} captures",
            expected=f"a backend ({', '.join(available('masks/*'))}) or a path per capture",
            got="one path for all",
            do="Put {capture} (folder of the capture) or {name} (name of its run) into the path.",
        )


def _settings_of(settings: Settings, folder: Path, name: str) -> Settings:
    """The settings of one job, with the placeholders in the path of its masks filled in."""
    if not isinstance(settings, MaskSettings) or settings.uses_backend:
        return settings
    masks = settings.masks.replace("{capture}", str(folder)).replace("{name}", name)
    return replace(settings, masks=os.path.abspath(masks))


def run_names(folders: Sequence[Path]) -> list[str]:
    """Names the run of each input after its folder, with parent folders in front where needed.

    Names depend only on the paths, and differ by more than upper and lower case.

    Args:
        folders: Absolute paths of the inputs.

    Raises:
        ConventionError: There is none, one is given twice, or two cannot be told apart.
    """
    if not folders:
        raise ConventionError("Inputs of the batch", expected="at least one", got="none")
    twice = [folder for folder, count in Counter(folders).items() if count > 1]
    if twice:
        raise ConventionError("Inputs of the batch", expected="each once", got=f"{twice[0]} twice")
    parts = [folder.parts[1:] or ("input",) for folder in folders]
    depths = [1] * len(folders)
    while True:
        names = ["-".join(path[-depth:]) for path, depth in zip(parts, depths, strict=True)]
        counts = Counter([*RESERVED, *(name.casefold() for name in names)])
        alike = [i for i, name in enumerate(names) if counts[name.casefold()] > 1]
        if not alike:
            return names
        longer = [i for i in alike if depths[i] < len(parts[i])]
        if not longer:
            raise ConventionError(
                "Names of the inputs",
                expected="paths that give each run a unique name",
                got=f"'{names[alike[0]]}' for {folders[alike[0]]} and another",
                do="Put it into another batch.",
            )
        for i in longer:
            depths[i] += 1


def is_done(job: Job, *, overwrite: bool) -> bool:
    """Whether the run of a job is complete and was made with the same settings.

    Raises:
        OutputError: Something else is in its place and may not be replaced.
    """
    if not RunFolder.is_run(job.run):
        RunFolder.create(job.run, verb=job.verb, overwrite=overwrite)
        return False
    found = difference(job)
    if found is None:
        return True
    if not overwrite:
        raise OutputError(
            f"The run {job.run} was made with other settings",
            expected=f"{found.name} = {found.wanted}",
            got=f"{found.name} = {found.found}",
            do="Choose another folder, or add --overwrite (overwrite=True) to replace such runs.",
        )
    RunFolder.create(job.run, verb=job.verb, overwrite=True)
    return False


def is_whole(job: Job) -> bool:
    """Whether the run of a job exists and was made with the same settings."""
    return RunFolder.is_run(job.run) and difference(job) is None


def can_resume(job: Job) -> bool:
    """Whether a worker that died, or a batch that was interrupted, left a checkpoint of the job."""
    if not any(field.name == "resume" for field in fields_of(VERBS[job.verb].inputs())):
        return False
    folder = unfinished_folder(job.run)
    return (folder / CHECKPOINT).is_file() and _difference(job, folder) is None


def difference(job: Job) -> Difference | None:
    """The first value in which an older run differs from a job; None if it is the same run."""
    found = _difference(job, job.run)
    if found is None and not RunFolder.open(job.run).report.finished:
        return Difference(REPORT, "the report of a finished run", "an unfinished run")
    return found


def _difference(job: Job, folder: Path) -> Difference | None:
    try:
        run = RunFolder.open(folder)
    except (FormatError, OSError):
        return Difference(REPORT, "the report of a run", "a damaged file or an older version")
    inputs = dict(run.report.inputs)
    found = inputs.pop("layout", None)
    sources = [str(value) for value in inputs.values() if value is not None]
    if str(job.source) not in sources:
        return Difference("input", str(job.source), ", ".join(sources))
    layout = getattr(job.settings, "layout", None)
    if layout is not None and layout != found:
        return Difference("layout", layout, found)
    # A recognized layout equals the same layout given by name.
    return run.difference(job.verb, inputs={}, settings=job.settings, ignore=["layout"])


@contextmanager
def only_batch(out: Path) -> Iterator[None]:
    """Makes a folder and locks it, since two batches in it would remove each other's work.

    The operating system releases the lock when the process ends, even if it crashes.

    Raises:
        OutputError: Another batch is writing there.
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
            got="another batch that is running",
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
