"""``scenewright demo``: makes a room, films it, segments the film and measures the result."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from scenewright.core import Progress, no_progress
from scenewright.io import save
from scenewright.pipelines.demo.one_picture import OnePicture, generate_from_film
from scenewright.pipelines.demo.questions import DemoAnswer, ask_questions, true_names
from scenewright.pipelines.demo.settings import DemoSettings
from scenewright.pipelines.evaluate.scenes import Evaluation, evaluate, read_scene_truth
from scenewright.pipelines.segment.run import SegmentRun, segment_run
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from scenewright.runs.stages import peak_memory_mb
from scenewright.worlds import SyntheticCapture, film_room
from scenewright.worlds.writing import write_capture

CAPTURE = "capture"
TRUE_MASKS = "true masks"
NAMED_SCENE = "named-scene"


@dataclass(frozen=True, eq=False)
class DemoRun:
    """A run of ``demo``.

    Attributes:
        folder: Holds ``capture/`` and one run folder per kind of masks.
        report: The report in the folder.
        runs: The runs by the names of their masks.
        evaluations: The accuracy of the runs by the same names.
        answers: Questions about the last run, which got its names from the truth.
        picture: What was generated from a single frame; None where torch is not installed.
    """

    folder: RunFolder
    report: RunReport
    runs: dict[str, SegmentRun]
    evaluations: dict[str, Evaluation]
    answers: tuple[DemoAnswer, ...] = ()
    picture: OnePicture | None = None

    @property
    def named(self) -> Path:
        """The scene with names."""
        return self.folder.path / NAMED_SCENE


def demo_run(
    output: str | Path,
    settings: DemoSettings | None = None,
    *,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DemoRun:
    """Makes a synthetic capture, segments it with several masks, and measures each.

    At the end, three questions are asked about the last run. What `segment` makes has no names, so
    its objects get those of the true objects that they cover; the scene with names is kept as
    ``named-scene/``. Where torch is installed, the objects of the frame that shows most of them are
    generated from that frame alone.

    Args:
        output: Folder to make.
        settings: What is filmed, and how it is segmented; None takes the defaults.
        overwrite: Whether an older demo of that name may be replaced.
        progress: Progress callback (stage, done, total, unit).

    Raises:
        OutputError: The folder exists, or cannot be written.
    """
    settings = settings or DemoSettings()
    start = perf_counter()
    folder = RunFolder.create(output, verb="demo", overwrite=overwrite)
    room = _film(settings)
    # Runs hold the path of their capture, so the folder cannot be renamed at the end.
    begun = RunReport(verb="demo", inputs={}, settings=settings_to_dict(settings), finished=False)
    folder.update(begun)
    capture = write_capture(room, folder.path / CAPTURE, overwrite=overwrite, progress=progress)
    truth = read_scene_truth(capture)
    runs, evaluations = {}, {}
    for masks in settings.masks:
        output_of_run = folder.path / masks.rpartition("/")[2].replace(" ", "-")
        chosen = SegmentSettings(
            threads=settings.threads,
            masks=str(capture / "instance") if masks == TRUE_MASKS else masks,
        )
        runs[masks] = segment_run(
            capture, output_of_run, chosen, overwrite=overwrite, progress=progress
        )
        evaluations[masks] = evaluate(runs[masks].result.scene, truth)
    named, true_ids = true_names(runs[masks].result.scene, truth)
    save(named, folder.path / NAMED_SCENE, overwrite=overwrite)
    answers = ask_questions(named, true_ids, room.world, seed=settings.seed)
    picture = generate_from_film(room, capture, overwrite=overwrite, progress=progress)
    report = replace(
        begun,
        results={name: found.as_dict() for name, found in evaluations.items()},
        seconds=perf_counter() - start,
        peak_memory_mb=peak_memory_mb(),
        finished=True,
    )
    folder.update(report)
    return DemoRun(folder, report, runs, evaluations, answers, picture)


def _film(settings: DemoSettings) -> SyntheticCapture:
    width, height = settings.size
    return film_room(
        settings.seed,
        num_frames=settings.num_frames,
        width=width,
        height=height,
        depth_noise=not settings.clean_depth,
        num_threads=settings.threads or os.cpu_count() or 1,
    )
