"""How ``scenewright caption`` shows descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.core.wording import counted
from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.models import Caption
    from scenewright.pipelines.caption.settings import CaptionSettings


def show(captions: dict[int, Caption], settings: CaptionSettings, out: Printer) -> int:
    """Shows the text of each object and the phrase that means it."""
    if not captions:
        out.write("The scene has no objects.")
        return 0
    for number, one in captions.items():
        out.write(f"{number}: {one.text}")
        check = "means it alone" if one.is_unique else "does not tell it from others"
        out.write(f"   '{one.phrase}' {check}")
    unique = sum(bool(one.is_unique) for one in captions.values())
    out.write()
    out.write(f"{counted(len(captions), 'object')}, {unique} with a phrase that means it alone")
    return 0
