"""``scenewright info``: describes any file or folder."""

from __future__ import annotations

from pathlib import Path

from scenewright.core import CaptureError, FormatError
from scenewright.data import open_capture
from scenewright.io import describe
from scenewright.pipelines.info.settings import InfoSettings
from scenewright.pipelines.table import VERBS
from scenewright.runs.folder import REPORT, SCENE, RunFolder


def info_run(path: str | Path, settings: InfoSettings | None = None) -> dict[str, str]:
    """Describes a capture, a run, a scene folder or a file of a known format.

    Args:
        path: The file or folder.
        settings: How the description is shown; changes nothing here.

    Returns:
        Values by name, in display order.

    Raises:
        FormatError: It is none of these.
    """
    source = Path(path)
    if source.is_dir() and RunFolder.is_run(source):
        return _describe_run(RunFolder.open(source))
    if source.is_dir() and not (source / "scene.json").is_file():
        return _describe_capture(source)
    return _describe_file(source)


def _describe_file(source: Path) -> dict[str, str]:
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


def _describe_run(run: RunFolder) -> dict[str, str]:
    report = run.report
    facts = {
        "kind": "run folder" if report.finished else "unfinished run folder",
        "made by": f"scenewright {report.scenewright}",
        "verb": report.verb,
        **{name: str(value) for name, value in report.inputs.items() if value is not None},
    }
    # A verb of a newer version, or of a plug-in, is described by the keys that all reports have.
    if report.verb in VERBS and report.finished:
        facts |= _facts_of_verb(run)
    if report.finished:
        facts["time"] = f"{report.seconds:.1f} s"
    if not run.has_scene:
        return facts
    inside = _describe_file(run.path / SCENE)
    return {**facts, **{f"scene {name}": value for name, value in inside.items()}}


def _facts_of_verb(run: RunFolder) -> dict[str, str]:
    try:
        return VERBS[run.report.verb].facts()(run.report)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{run.path / REPORT}",
            expected=f"a complete report of '{run.report.verb}'",
            got=repr(error)[:100],
        ) from error


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
