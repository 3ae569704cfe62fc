"""``scenewright cite``: the works behind a run and behind those that it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scenewright._version import __version__
from scenewright.core import FormatError
from scenewright.models import card
from scenewright.pipelines.cite.references import INSTASCENE, ONLINEANYSEG, SCENEWRIGHT, SURFELS
from scenewright.pipelines.cite.run import cite_run
from scenewright.pipelines.decompose.run import DecomposeRun
from scenewright.pipelines.decompose.settings import DecomposeSettings
from scenewright.pipelines.fit_splats.settings import FitSettings
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.pipelines.segment.settings import SegmentSettings
from scenewright.runs.folder import RunFolder
from scenewright.runs.options import Settings
from scenewright.runs.report import RunReport
from scenewright.runs.settings_files import settings_to_dict
from tests.command_builders import Call, assert_plain_error


def write_report(folder: Path, verb: str, settings: Settings, **inputs: Any) -> Path:
    """Makes a run folder that holds nothing but its report."""
    named = {name: None if value is None else str(value) for name, value in inputs.items()}
    report = RunReport(verb=verb, inputs=named, settings=settings_to_dict(settings))
    RunFolder(folder).update(report)
    return folder


@pytest.fixture
def lineage(tmp_path: Path) -> list[Path]:
    """Runs of segment, fit-splats and decompose by the published rules, each made of the last."""
    objects = write_report(
        tmp_path / "a", "segment", SegmentSettings(preset="onlineanyseg", masks="masks/sam")
    )
    splats = write_report(tmp_path / "b", "fit-splats", FitSettings(), capture="/c", run=objects)
    parts = write_report(
        tmp_path / "c",
        "decompose",
        DecomposeSettings(preset="published", masks="masks/sam"),
        scene=splats,
    )
    return [objects, splats, parts]


def test_own_methods_need_the_package_alone(segmented: SegmentRun, call: Call) -> None:
    found = cite_run(segmented.folder.path)
    assert found.references == (SCENEWRIGHT,) and found.backends == {}
    outcome = call("cite", segmented.folder.path)
    assert outcome.code == 0
    assert outcome.out == (
        f"The Scenewright developers: Scenewright. {__version__}, 2026. [the software]\n"
    )


@pytest.mark.parametrize(
    ("verb", "settings", "works"),
    [
        ("segment", SegmentSettings(preset="onlineanyseg"), [ONLINEANYSEG]),
        ("segment", SegmentSettings(), []),
        ("fit-splats", FitSettings(preset="preview"), [SURFELS]),
        ("decompose", DecomposeSettings(), [SURFELS]),
        ("decompose", DecomposeSettings(preset="published"), [SURFELS, INSTASCENE]),
        ("dream", Settings(), []),
    ],
)
def test_works_of_a_run(verb: str, settings: Settings, works: list[Any], tmp_path: Path) -> None:
    run = write_report(tmp_path / "run", verb, settings)
    assert list(cite_run(run).references) == [SCENEWRIGHT, *works]


def test_runs_that_a_run_was_made_from_count_too(lineage: list[Path]) -> None:
    found = cite_run(lineage[2])
    assert found.references == (SCENEWRIGHT, SURFELS, INSTASCENE, ONLINEANYSEG)
    assert found.backends == {"masks/sam": card("masks/sam").paper}
    assert cite_run(lineage[1]).references == (SCENEWRIGHT, SURFELS, ONLINEANYSEG)
    assert cite_run(lineage[0]).references == (SCENEWRIGHT, ONLINEANYSEG)


def test_real_runs_lead_to_their_origin(decomposed: DecomposeRun) -> None:
    assert cite_run(decomposed.folder.path).references == (SCENEWRIGHT, SURFELS)


def test_a_scene_inside_a_run_leads_to_the_run(lineage: list[Path], tmp_path: Path) -> None:
    for number, source in enumerate((lineage[2] / "scene", lineage[2] / "splats.ply")):
        run = write_report(tmp_path / f"p{number}", "render", Settings(), scene=source)
        assert INSTASCENE in cite_run(run).references


def test_runs_that_are_gone_are_left_out(lineage: list[Path], tmp_path: Path) -> None:
    run = write_report(tmp_path / "x", "decompose", DecomposeSettings(), scene=tmp_path / "gone")
    assert cite_run(run).references == (SCENEWRIGHT, SURFELS)
    itself = write_report(tmp_path / "y", "render", Settings(), scene=tmp_path / "y")
    assert cite_run(itself).references == (SCENEWRIGHT,)


def test_a_batch_is_cited_like_its_runs(tmp_path: Path) -> None:
    settings = SegmentSettings(preset="onlineanyseg", masks="masks/sam2")
    report = RunReport(verb="batch", inputs={"runs of": "segment"}, settings={})
    RunFolder(tmp_path).update(replace(report, settings=settings_to_dict(settings)))
    found = cite_run(tmp_path)
    assert found.references == (SCENEWRIGHT, ONLINEANYSEG) and "masks/sam2" in found.backends


def test_text_and_bibtex(lineage: list[Path], call: Call) -> None:
    text = call("cite", lineage[2])
    assert text.code == 0
    lines = text.out.splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("Yang, Zesong and ") and "ICCV, 2025. [rules of" in lines[2]
    assert lines[4] == f"{card('masks/sam').paper} [masks by masks/sam]"
    bibtex = call("cite", lineage[2], "--format", "bibtex").out
    assert bibtex.count("@inproceedings{") == 3 and bibtex.count("@software{") == 1
    assert bibtex.count("{") == bibtex.count("}")
    assert bibtex.splitlines()[-1] == f"% masks by masks/sam: {card('masks/sam').paper}"


def test_what_is_no_run(tmp_path: Path, call: Call) -> None:
    with pytest.raises(
        FormatError, match=r"expected a run folder \(one that contains report\.json\)"
    ):
        cite_run(tmp_path)
    assert_plain_error(call("cite", tmp_path / "nowhere"), "a run folder", "no such path")
