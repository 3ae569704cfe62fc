"""What `evaluate` measures, by what it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenewright.core import ConventionError, OutputError
from scenewright.io import read_json
from scenewright.pipelines.evaluate.run import evaluate_run
from scenewright.pipelines.evaluate.settings import EvaluateSettings
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.segment.run import SegmentRun


def test_objects_are_measured_against_truth(
    segmented: SegmentRun, capture: Path, tmp_path: Path
) -> None:
    report = evaluate_run(
        segmented.folder.path, EvaluateSettings(), truth=capture, output=tmp_path / "numbers.json"
    )
    assert report.surfels is None and report.objects is not None
    assert report.objects.ap["objects, own scores"].ap50 > 0.9
    assert read_json(tmp_path / "numbers.json")["ap"] == report.as_dict()["ap"]
    assert set(report.as_dict()) == {"ap", "quality", "num_truth_points", "covered_share"}


@pytest.mark.slow
def test_pictures_and_meshes_are_measured_together(
    fitted: FitRun, small_capture: Path, tmp_path: Path
) -> None:
    settings = EvaluateSettings(pictures=True, mesh=small_capture, threshold=0.1)
    steps: list[tuple[str, int, int, str]] = []
    report = evaluate_run(
        fitted.folder.path,
        settings,
        output=tmp_path / "numbers.json",
        progress=lambda *step: steps.append(step),
    )
    assert report.objects is None and report.surfels is not None
    assert list(report.surfels.images) == ["held-out views"]
    assert list(report.surfels.meshes) == ["mesh"]
    assert list(report.surfels.stages) == ["read", "start", "fit", "measure", "mesh", "files"]
    assert steps == [("measure", 1, 2, "views"), ("measure", 2, 2, "views")]
    assert set(read_json(tmp_path / "numbers.json")) == {
        "images", "masks", "meshes", "stages", "notes",
    }  # fmt: skip


def test_nothing_to_measure_against(tmp_path: Path) -> None:
    with pytest.raises(ConventionError) as caught:
        evaluate_run(tmp_path, EvaluateSettings())
    assert str(caught.value) == (
        "Nothing to measure against: expected TRUTH, --id-maps FOLDER, --pictures, --mesh FILE, "
        "--shapes TRUTH or --completion TRUTH, got none of these. "
        "See 'scenewright evaluate --help'."
    )


def test_an_existing_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    file.write_text("{}")
    with pytest.raises(OutputError, match="got an existing one"):
        evaluate_run(tmp_path, EvaluateSettings(), truth=tmp_path, output=file)
    assert file.read_text() == "{}"
