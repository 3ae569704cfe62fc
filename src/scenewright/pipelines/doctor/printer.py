"""How ``scenewright doctor`` shows its findings."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.doctor.run import Findings
    from scenewright.pipelines.doctor.settings import DoctorSettings


def show(findings: Findings, settings: DoctorSettings, out: Printer) -> int:
    """Shows the tables; returns 1 if a required package is missing."""
    missing = findings.missing
    if settings.json:
        from scenewright.io import json_text

        out.write(json_text(asdict(findings)).rstrip())
        return 1 if missing else 0
    out.table(("system", "value"), list(findings.system.items()))
    out.write()
    packages = [(name, found or "MISSING") for name, found in findings.packages.items()]
    out.table(("package", "version"), packages)
    out.write()
    out.table(("extra", "state", "gives", "install with"), findings.extras)
    if missing:
        out.complain(f"required packages are missing: {', '.join(missing)}")
    return 1 if missing else 0
