"""Says what any file or folder is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenewright.core import CaptureError, FormatError
from scenewright.data import open_capture
from scenewright.io import describe
from scenewright.pipelines.segment.run import REPORT, read_report


def describe_any(path: str | Path) -> dict[str, str]:
    """The facts about a capture, a run, a scene folder or a file of a known format.

    Args:
        path: The file or folder.

    Returns:
        Value by name, in the order in which to show them.

    Raises:
        FormatError: It is none of these.
    """
    source = Path(path)
    if source.is_dir() and (source / REPORT).is_file():
        return _describe_run(source)
    if source.is_dir() and not (source / "scene.json").is_file():
        return _describe_capture(source)
    found = describe(source)
    facts = {
        "kind": found.kind,
        "unit": found.unit,
        "axes": found.axes,
        "version": found.version,
        "instances": found.num_instances,
        "points": found.num_points,
        "surfels": found.num_surfels,
        **found.details,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def _describe_run(folder: Path) -> dict[str, str]:
    report = read_report(folder)
    facts = {
        "kind": "run folder",
        "made by": f"scenewright {report['scenewright']}",
        "verb": str(report.get("verb", "segment")),
        "capture": str(report["capture"]),
        **_facts_of_verb(report),
        "time": f"{report['seconds']:.1f} s",
    }
    inside = describe_any(folder / "scene")
    return {**facts, **{f"scene {name}": value for name, value in inside.items()}}


def _facts_of_verb(report: dict[str, Any]) -> dict[str, str]:
    match report.get("verb"):
        case "fit-splats":
            return {
                "views": f"{report['num_views']}, of which {len(report['held_out'])} held out",
                "surfels": f"{report['num_surfels']} after {report['num_steps']} steps",
                "quality": f"PSNR {report['psnr']:.2f} dB on {report['measured_on']}",
            }
        case "decompose":
            return {
                "masks": f"{report['masks']}, {report['num_masks']} in {report['num_views']} views",
                "objects": str(report["num_objects"]),
                "surfels": str(report["num_surfels"]),
            }
        case _:
            return {
                "masks": str(report["masks"]),
                "frames": f"{report['num_frames']}, of which {report['num_dropped']} dropped",
                "objects": str(report["num_objects"]),
                "points": str(report["num_points"]),
            }


def _describe_capture(folder: Path) -> dict[str, str]:
    try:
        capture = open_capture(folder)
    except CaptureError as error:
        raise FormatError(
            f"{folder}",
            expected="a capture, a run or a scene folder",
            got=error.got or "another folder",
            do=error.do,
        ) from error
    height, width = capture.camera.size
    facts = {"kind": "capture", "name": capture.name, "size": f"{width} x {height} pixels"}
    for i, line in enumerate(capture.description):
        name, colon, value = line.partition(": ")
        facts[name if colon else f"note {i + 1}"] = value if colon else line
    return facts
