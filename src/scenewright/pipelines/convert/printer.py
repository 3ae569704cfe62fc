"""How ``scenewright convert`` shows its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.convert.run import Converted
    from scenewright.pipelines.convert.settings import ConvertSettings


def show(converted: Converted, settings: ConvertSettings, out: Printer) -> int:
    """Shows what was written."""
    scene = converted.scene
    for note in converted.notes:
        out.write(note)
    num_points = 0 if scene.points is None else len(scene.points)
    counts = f"{counted(len(scene.instances), 'object')}, {counted(num_points, 'point')}"
    if scene.surfels is not None:
        counts += f", {counted(len(scene.surfels), 'surfel')}"
    if converted.files:
        written = f"{counted(len(converted.files), 'file')} written"
    else:
        written = f"{converted.form} written" if converted.form else "written"
    out.write(f"{converted.path}: {written} from a scene of {counts}")
    return 0
