"""The inputs and settings of ``scenewright doctor``."""

from __future__ import annotations

from dataclasses import dataclass

from scenewright.runs.options import Settings


@dataclass(frozen=True, kw_only=True)
class DoctorInputs:
    """Shows versions, threads, and what optional packages would add.

    Include its output when you report a problem.
    """


@dataclass(frozen=True, kw_only=True)
class DoctorSettings(Settings):
    """Settings of ``doctor``."""

    json: bool = False
    """Print the findings as JSON."""
