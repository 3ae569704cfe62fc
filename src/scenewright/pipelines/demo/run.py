"""Everything at once, without any data: a room is made, filmed, segmented and measured."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenewright.core.progress import Progress, no_progress
from scenewright.io import write_json
from scenewright.pipelines.evaluate.scenes import Evaluation, evaluate, read_scene_truth
from scenewright.pipelines.segment.run import RunReport, segment_run
from scenewright.pipelines.segment.steps import DEFAULT_MASKS
from scenewright.runs.outputs import check_output
from scenewright.worlds import film_room
from scenewright.worlds.writing import write_capture

REPORT = "demo.json"
TRUE_MASKS = "true masks"


@dataclass(frozen=True, eq=False)
class DemoReport:
    """What the demo made.

    Attributes:
        folder: Holds ``capture/`` and one run folder per kind of masks.
        runs: Report of each run, by what gave its masks.
        evaluations: Accuracy of each run, by the same names.
    """

    folder: Path
    runs: dict[str, RunReport]
    evaluations: dict[str, Evaluation]

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Columns and rows: accuracy without floor and walls, in percent, and speed."""
        columns = ("masks", "AP", "AP50", "AP25", "best IoU", "true", "found", "frames/s")
        rows = []
        for name, evaluation in self.evaluations.items():
            ap, quality = evaluation.ap["objects, own scores"], evaluation.quality
            result = self.runs[name].segmentation
            shares = (ap.ap, ap.ap50, ap.ap25, quality.mean_best_iou)
            rows.append(
                (
                    name,
                    *(f"{100 * share:.1f}" for share in shares),
                    str(quality.num_truth),
                    str(quality.num_predicted),
                    f"{result.num_frames / result.seconds:.1f}",
                )
            )
        return columns, rows

    def as_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {name: evaluation.as_dict() for name, evaluation in self.evaluations.items()}


def run_demo(
    folder: str | Path,
    *,
    seed: int = 0,
    num_frames: int = 60,
    image_size: tuple[int, int] = (320, 240),
    depth_noise: bool = True,
    masks: tuple[str, ...] = (DEFAULT_MASKS, TRUE_MASKS),
    threads: int | None = None,
    overwrite: bool = False,
    progress: Progress = no_progress,
) -> DemoReport:
    """Makes a synthetic capture, checks it, segments it with several masks, and measures each.

    Args:
        folder: Folder to make.
        seed: Decides the room.
        num_frames: Frames of the capture.
        image_size: Width and height of its pictures, pixels.
        depth_noise: Whether depth carries the errors of a depth camera.
        masks: Backends of masks; "true masks" stands for those of the truth.
        threads: Cores that the compiled loops use; None means all.
        overwrite: Whether an older demo of that name may be replaced.
        progress: Told how far it is.

    Raises:
        OutputError: The folder exists, or cannot be written.
    """
    folder = Path(folder)
    check_output(folder, marker=REPORT, overwrite=overwrite)
    room = film_room(
        seed,
        num_frames=num_frames,
        width=image_size[0],
        height=image_size[1],
        depth_noise=depth_noise,
        num_threads=threads or os.cpu_count() or 1,
    )
    capture = write_capture(room, folder / "capture", overwrite=overwrite, progress=progress)
    truth = read_scene_truth(capture)
    runs, evaluations = {}, {}
    for name in masks:
        runs[name] = segment_run(
            capture,
            folder / name.rpartition("/")[2].replace(" ", "-"),
            masks=capture / "instance" if name == TRUE_MASKS else name,
            threads=threads,
            overwrite=overwrite,
            progress=progress,
        )
        evaluations[name] = evaluate(runs[name].segmentation.scene, truth)
    result = DemoReport(folder, runs, evaluations)
    write_json(folder / REPORT, result.as_dict())
    return result
