"""How ``scenewright remove`` shows its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.remove.run import Removed
    from scenewright.pipelines.remove.settings import RemoveSettings


def show(removed: Removed, settings: RemoveSettings, out: Printer) -> int:
    """Shows what was written."""
    out.write(
        f"{removed.path}: {counted(len(settings.ids), 'object')} removed, "
        f"{counted(len(removed.scene.instances), 'instance')} left, "
        f"{counted(removed.num_closed, 'face')} added to close the room behind"
    )
    return 0
