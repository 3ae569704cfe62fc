"""How much memory online segmentation takes, and whether it follows the surface or the frames.

The process reads frames from disk one at a time, finds their masks and segments them, as
`scenewright segment` does, and never holds more than one frame. The capture is played back and
forth, so that later passes bring frames but hardly any new surface. Memory is that of the whole
process: the interpreter and the compiled loops are in it.

Run: python benchmarks/fusion_memory.py --passes 10
"""

from __future__ import annotations

import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tyro

from bench_common import DATA, Report, Table, require_folder, run_main
from bench_stream import back_and_forth
from scenewright.data import open_capture
from scenewright.fusion import OnlineSegmenter, fusion_preset
from scenewright.geometry.voxel_hash import BLOCK_VOXELS
from scenewright.pipelines.sources.masks import make_proposer
from scenewright.pipelines.sources.settings import MaskSettings
from scenewright.runs.threads import use_threads

PROCESS = Path("/proc/self/status")


@dataclass
class Options:
    """What is measured, and how."""

    capture: Path = DATA / "7scenes-kitchen"
    """Folder of the capture."""
    masks: str = MaskSettings.masks
    """Backend that finds the masks, or a folder with masks."""
    preset: str = "default"
    """Preset of the fusion."""
    voxel_size: float | None = None
    """Meters; None keeps the preset's."""
    passes: int = 1
    """How often the capture is played, back and forth."""
    frames: int | None = None
    """Use only the first frames; for a quick look."""
    threads: int = 2
    """Cores for the compiled loops."""
    json: Path | None = None
    """File for the result."""


@dataclass(frozen=True)
class Checkpoint:
    """The state after a number of frames.

    Attributes:
        num_frames: Frames so far.
        num_blocks: Blocks of 8 x 8 x 8 voxels.
        num_voxels: Voxels in them.
        num_surface_voxels: Voxels that pixels have hit.
        memory_mb: Memory of the process now; None where unknown.
        peak_mb: Most memory of the process so far.
    """

    num_frames: int
    num_blocks: int
    num_voxels: int
    num_surface_voxels: int
    memory_mb: float | None
    peak_mb: float


def peak_mb() -> float:
    """Most memory of this process so far, megabytes.

    Linux hands the peak of a parent on to `ru_maxrss` of its child, so the count of the process's
    own address space goes first.
    """
    peak_here = _status_mb("VmHWM")
    if peak_here is not None:
        return peak_here
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def _status_mb(name: str) -> float | None:
    """A line of the process's status on Linux, megabytes."""
    if not PROCESS.is_file():
        return None
    for line in PROCESS.read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1]) * 1024 / 1e6
    return None


def look(segmenter: OnlineSegmenter) -> Checkpoint:
    """The state now."""
    volume = segmenter.volume
    return Checkpoint(
        segmenter.num_frames,
        volume.num_blocks,
        volume.num_blocks * BLOCK_VOXELS,
        volume.num_slots,
        _status_mb("VmRSS"),
        peak_mb(),
    )


def measure(options: Options) -> tuple[list[Checkpoint], dict[str, Any]]:
    """Segments the capture; the state along the way, and the peak of the whole."""
    use_threads(options.threads)
    folder = require_folder(options.capture, what="capture", option="--capture")
    capture = open_capture(folder, stop=options.frames)
    proposer = make_proposer(MaskSettings(masks=options.masks), capture)
    segmenter = OnlineSegmenter(fusion_preset(options.preset, voxel_size=options.voxel_size))
    quarters = {len(capture) * quarter // 4 for quarter in (1, 2, 3)}
    checkpoints = []
    for done, i in enumerate(back_and_forth(len(capture), passes=options.passes), start=1):
        frame = capture[i]
        segmenter.update(frame, proposer.propose(frame))
        if done in quarters or done % len(capture) == 0:
            checkpoints.append(look(segmenter))
    before_result = peak_mb()
    segmenter.finish()
    scene = segmenter.result()
    return checkpoints, {
        "num_instances": len(scene.instances),
        "num_points": 0 if scene.points is None else len(scene.points),
        "peak_before_result_mb": before_result,
        "peak_mb": peak_mb(),
        "ru_maxrss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def memory_table(checkpoints: list[Checkpoint], summary: dict[str, Any], *, title: str) -> Table:
    """The state along the way as a table."""
    rows = [
        (
            str(c.num_frames),
            f"{c.num_blocks:,}",
            f"{c.num_voxels / 1e6:.2f}",
            f"{c.num_surface_voxels:,}",
            "-" if c.memory_mb is None else f"{c.memory_mb:.0f}",
            f"{c.peak_mb:.0f}",
        )
        for c in (Checkpoint(**c) if isinstance(c, dict) else c for c in checkpoints)
    ]
    note = f"Peak with the making of the scene and its meshes: {summary['peak_mb']:.0f} MB."
    columns = ("frames", "blocks", "million voxels", "surface voxels", "MB now", "MB peak")
    return Table(title, columns, tuple(rows), note)


def main() -> None:
    """Measures and prints."""
    options = tyro.cli(Options, description=__doc__)
    report = Report("fusion_memory", asdict(options))
    checkpoints, summary = measure(options)
    report.results = {"checkpoints": [asdict(c) for c in checkpoints], **summary}
    report.add(memory_table(checkpoints, summary, title="Memory of the process"))
    report.finish(options.json)


if __name__ == "__main__":
    run_main(main)
