"""What the page says about a run and about errors, as escaped HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence

from scenewright.core import ScenewrightError
from scenewright.pipelines.page.work import PageRun


def error_text(error: ScenewrightError) -> str:
    """What is wrong, what was expected, what was found and what to do, one line each."""
    lines = [f"<b>{html.escape(error.what)}</b>"]
    for word, value in (("expected", error.expected), ("got", error.got), ("do", error.do)):
        if value is not None:
            lines.append(f"{word}: {html.escape(value)}")
    return "<br>".join(lines)


def run_text(done: PageRun) -> str:
    """The objects of a run, its warnings and its time."""
    report, scene = done.run.report, done.run.result.scene
    rows = []
    for row in scene.instances:
        size = " x ".join(f"{edge:.2f}" for edge in row.box.size)
        rows.append((str(row.id), row.label, size, str(scene.assets[row.id].num_faces)))
    warnings = "".join(f'<p class="warning">{html.escape(line)}</p>' for line in report.warnings)
    seconds = f"{report.seconds:.1f} s, " if report.seconds else ""
    model = html.escape(str(report.settings["model"]))
    seed = html.escape(str(report.settings["seed"]))
    return (
        f'<div class="sw-report">{warnings}'
        f"{_table(('Label', 'Name', 'Size', 'Faces'), rows)}"
        f"<p>{seconds}{model}, seed {seed}</p></div>"
    )


def view_frame(address: str) -> str:
    """The element that shows the page of a scene."""
    return (
        f'<iframe class="sw-view" src="{html.escape(address)}" title="the generated scene" '
        'sandbox="allow-scripts allow-downloads"></iframe>'
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
