"""How ``scenewright cite`` shows references."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenewright.runs.printer import Printer

if TYPE_CHECKING:
    from scenewright.pipelines.cite.run import Citations
    from scenewright.pipelines.cite.settings import CiteSettings


def show(citations: Citations, settings: CiteSettings, out: Printer) -> int:
    """Shows the references, and the papers of mask backends."""
    if settings.format == "bibtex":
        for reference in citations.references:
            out.write(reference.as_bibtex())
        for name, paper in citations.backends.items():
            out.write(f"% masks by {name}: {paper}")
        return 0
    for reference in citations.references:
        out.write(reference.as_text())
    for name, paper in citations.backends.items():
        out.write(f"{paper} [masks by {name}]")
    return 0
