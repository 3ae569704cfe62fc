"""The report of a run: one schema for every verb."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scenewright._version import __version__
from scenewright.core import FormatError, Instance
from scenewright.runs.stages import StageCost

FORMAT = "scenewright-run"
VERSION = 3


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """The inputs, settings, results, time and memory of a run.

    Attributes:
        verb: Name of the verb.
        inputs: Inputs by name; paths are absolute.
        settings: Resolved settings, JSON values.
        results: Results by name, JSON values; the keys depend on the verb.
        held_out: Names of the views that nothing was learned from and that measure the result;
            empty if the verb holds out none.
        warnings: Problems that may reduce quality.
        stages: Time and memory of each stage.
        seconds: Time of the whole run.
        peak_memory_mb: Peak memory of the process, megabytes; None if unknown.
        finished: Whether the run is complete; False while its folder is being filled.
        scenewright: Version of the package.
    """

    verb: str
    inputs: Mapping[str, Any]
    settings: Mapping[str, Any]
    results: Mapping[str, Any] = field(default_factory=dict)
    held_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    stages: Mapping[str, StageCost] = field(default_factory=dict)
    seconds: float = 0.0
    peak_memory_mb: float | None = None
    finished: bool = True
    scenewright: str = __version__

    def as_dict(self) -> dict[str, Any]:
        """JSON values, as stored in ``report.json``."""
        peak = self.peak_memory_mb
        return {
            "format": FORMAT,
            "version": VERSION,
            "scenewright": self.scenewright,
            "verb": self.verb,
            "finished": self.finished,
            "inputs": dict(self.inputs),
            "settings": dict(self.settings),
            "results": dict(self.results),
            "held_out": list(self.held_out),
            "warnings": list(self.warnings),
            "stages": {name: cost.as_dict() for name, cost in self.stages.items()},
            "seconds": round(self.seconds, 3),
            "peak_memory_mb": None if peak is None else round(peak, 1),
        }


def report_from_dict(value: Any, *, source: str) -> RunReport:
    """Reads a report from JSON values.

    Args:
        value: Content of ``report.json``.
        source: Name of the file, for error messages.

    Raises:
        FormatError: It is not a report, has another version of the schema, or is damaged.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise FormatError(
            source, expected=f'the report of a run ("format": "{FORMAT}")', got="other JSON"
        )
    version = value.get("version")
    if version != VERSION:
        made = value.get("scenewright", "another version")
        is_newer = isinstance(version, int) and version > VERSION
        raise FormatError(
            source,
            expected=f"a run folder of version {VERSION}",
            got=f"version {version}, made by scenewright {made}",
            do="Update scenewright to read it."
            if is_newer
            else "Run it again with this version of scenewright.",
        )
    try:
        return RunReport(
            verb=str(value["verb"]),
            inputs=dict(value["inputs"]),
            settings=dict(value["settings"]),
            results=dict(value["results"]),
            held_out=tuple(map(str, value["held_out"])),
            warnings=tuple(map(str, value["warnings"])),
            stages={str(name): _stage(cost) for name, cost in value["stages"].items()},
            seconds=float(value["seconds"]),
            peak_memory_mb=value["peak_memory_mb"],
            finished=bool(value["finished"]),
            scenewright=str(value["scenewright"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(source, expected="a complete report", got=repr(error)[:100]) from error


def _stage(cost: Mapping[str, Any]) -> StageCost:
    return StageCost(
        float(cost["seconds"]), cost["peak_memory_mb"], int(cost["count"]), cost["median_ms"]
    )


def label_facts(objects: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """How many objects of a report have which label, most frequent first; empty without labels."""
    counts = Counter(row["label"] for row in objects if row["label"])
    if not counts:
        return {}
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {"labels": ", ".join(f"{count} {label}" for label, count in ranked)}


def instance_row(row: Instance) -> dict[str, Any]:
    """The entry of an object in the results of a report; sizes in meters."""
    return {
        "id": row.id,
        "label": row.label,
        "score": round(row.score, 4),
        "size": [round(float(edge), 4) for edge in row.box.size],
        "num_points": row.num_points,
        "num_frames": row.num_frames,
        "role": row.role,
    }
