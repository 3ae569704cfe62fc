"""``scenewright convert``: every format, some of the instances, nothing replaced unasked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scenewright.core import ConventionError, FormatError, OutputError, UnknownNameError
from scenewright.io import load_scene, read_ply_points, save
from scenewright.pipelines.convert.run import convert_run
from scenewright.pipelines.convert.settings import ConvertSettings
from scenewright.pipelines.fit_splats.run import FitRun
from scenewright.pipelines.segment.run import SegmentRun
from scenewright.simulation import SimulationScene, simulation_format
from tests.builders import make_full_scene
from tests.command_builders import Call, assert_plain_error


@pytest.fixture
def run(segmented: SegmentRun) -> Path:
    return segmented.folder.path


@pytest.mark.parametrize(
    "name", ["room.glb", "room.ply", "room.json", "room.npz", "scene0000_00.txt", "room"]
)
def test_formats(name: str, run: Path, segmented: SegmentRun, tmp_path: Path, call: Call) -> None:
    outcome = call("convert", run, tmp_path / name)
    assert outcome.code == 0
    count = len(segmented.instances)
    written = "written" if "." in name else "scene folder written"
    assert outcome.out.startswith(f"{tmp_path / name}: {written} from a scene of {count} objects, ")
    assert (tmp_path / name).exists()
    if name.endswith(".txt"):
        masks = tmp_path / "predicted_masks"
        assert len(list(masks.iterdir())) == len(segmented.instances)
    again = call("convert", run, tmp_path / name)
    assert again.code == 1 and "--overwrite" in again.err
    assert call("convert", run, tmp_path / name, "--overwrite").code == 0


def test_only_some_instances(run: Path, segmented: SegmentRun, tmp_path: Path, call: Call) -> None:
    first, second, *_ = segmented.instances.id.tolist()
    outcome = call("convert", run, tmp_path / "two.glb", "--only", str(first), str(second))
    assert outcome.code == 0 and "2 objects" in outcome.out
    assert set(load_scene(tmp_path / "two.glb").assets) == {first, second}
    converted = convert_run(run, tmp_path / "two.ply", ConvertSettings(only=(first, second)))
    assert converted.scene.instances.id.tolist() == [first, second]
    ids = read_ply_points(tmp_path / "two.ply").instance_id
    assert ids is not None and set(np.unique(ids)) == {first, second}


def test_without_some_instances(run: Path, segmented: SegmentRun, tmp_path: Path) -> None:
    first, *others = segmented.instances.id.tolist()
    convert_run(run, tmp_path / "rest", ConvertSettings(without=(first,)))
    scene = load_scene(tmp_path / "rest")
    assert scene.instances.id.tolist() == others
    assert scene.points is not None and scene.points.instance_id is not None
    assert set(np.unique(scene.points.instance_id)) <= {0, *others}
    # What belongs to no instance stays.
    before = segmented.result.scene.points
    assert before is not None and before.instance_id is not None
    free = np.count_nonzero(before.instance_id == 0)
    assert np.count_nonzero(scene.points.instance_id == 0) == free


def test_surfels_go_along(fitted: FitRun, tmp_path: Path, call: Call) -> None:
    outcome = call("convert", fitted.folder.path, tmp_path / "room.splat.ply")
    assert outcome.code == 0
    num_surfels = len(fitted.fit.surfels)
    assert outcome.out == (
        f"{tmp_path / 'room.splat.ply'}: written from a scene of 0 objects, 0 points, "
        f"{num_surfels:,} surfels\n"
    )
    found = load_scene(tmp_path / "room.splat.ply").surfels
    assert found is not None and len(found) == num_surfels


def test_an_unknown_instance(run: Path, tmp_path: Path, call: Call) -> None:
    for option in ("--only", "--without"):
        outcome = call("convert", run, tmp_path / "a.glb", option, "999")
        assert_plain_error(outcome, "There is no instance 999", "ids of the scene, such as ")
    with pytest.raises(ConventionError, match="There is no instance 999"):
        convert_run(run, tmp_path / "a.glb", ConvertSettings(only=(999,)))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_read_or_written(run: Path, tmp_path: Path, call: Call) -> None:
    assert_plain_error(call("convert", tmp_path / "no", tmp_path / "a.glb"), "no such path")
    assert_plain_error(call("convert", run, tmp_path / "a.xyz"), ".xyz")
    with pytest.raises(FormatError, match="no such path"):
        convert_run(tmp_path / "no", tmp_path / "a.glb")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="Will not replace"):
        convert_run(run, tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_the_output_states_a_direction_that_is_given(run: Path, tmp_path: Path) -> None:
    convert_run(run, tmp_path / "a.ply", ConvertSettings(up=(0.0, -1.0, 0.0)))
    found = load_scene(tmp_path / "a.ply").up
    assert found is not None and found.tolist() == [0, -1, 0]


@pytest.mark.parametrize("kind", ["glb", "obj", ".stl", "ply"])
def test_a_file_per_object(kind: str, tmp_path: Path, call: Call) -> None:
    save(make_full_scene(), tmp_path / "scene")
    words = ("--split", "--split-type", kind)
    outcome = call("convert", tmp_path / "scene", tmp_path / "objects", *words)
    assert outcome.code == 0, outcome.err
    names = sorted(path.name for path in (tmp_path / "objects").iterdir())
    suffix = kind.removeprefix(".")
    assert all(name.endswith(f".{suffix}") for name in names)
    assert "007_chair" in {Path(name).stem for name in names}
    assert outcome.out.startswith(
        f"{tmp_path / 'objects'}: {len(names)} files written from a scene of "
    )
    assert (f"rest.{suffix}" in names) == (suffix != "ply")
    assert call("convert", tmp_path / "scene", tmp_path / "objects", *words).code == 1


def test_names_that_are_not_those_of_a_folder_of_files(tmp_path: Path, call: Call) -> None:
    save(make_full_scene(), tmp_path / "scene")
    out = tmp_path / "out"
    split = ConvertSettings(split=True)
    advice = {
        ".obj": f"a file (.obj). Use '{out} --split --split-type obj'.",
        ".json": "a file (.json). Choose another name for the folder.",
        "-mujoco": "a folder for a simulator (-mujoco). Choose another name for the folder.",
    }
    for end, text in advice.items():
        with pytest.raises(OutputError) as error:
            convert_run(tmp_path / "scene", f"{out}{end}", split)
        assert str(error.value) == (
            f"Cannot split into {out}{end}: expected the name of a folder, got a name for {text}"
        )
    outcome = call("convert", tmp_path / "scene", f"{out}.obj", "--split")
    assert_plain_error(outcome, "a name for a file (.obj)")
    assert [path.name for path in tmp_path.iterdir()] == ["scene"]
    assert call("convert", tmp_path / "scene", tmp_path / "v1.2", "--split").code == 0


def test_names_of_folders_for_simulators() -> None:
    assert simulation_format("out/mujoco") == simulation_format("room-MuJoCo/") == "-mujoco"
    assert simulation_format("urdf/") == simulation_format("a-urdf") == "-urdf"
    assert simulation_format("mj") is None and simulation_format("roomurdf") is None


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("mujoco", "folder for MuJoCo written"),
        ("a-urdf", "folder with a URDF per object written"),
        ("room.usda", "written"),
    ],
)
def test_the_output_line_says_which_folder_was_written(
    name: str, written: str, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The files themselves need CoACD; here only the choice counts.
    module = "scenewright.pipelines.convert.run"
    nothing = SimulationScene((), (), 0.0, np.zeros((2, 2)), None, (), np.eye(3), ("A note.",))
    monkeypatch.setattr(f"{module}.simulation_scene", lambda scene: nothing)
    monkeypatch.setattr(f"{module}.write_simulation", lambda path, scene, *, overwrite: path)
    save(make_full_scene(), tmp_path / "scene")
    outcome = call("convert", tmp_path / "scene", tmp_path / name)
    assert outcome.out.startswith(f"A note.\n{tmp_path / name}: {written} from a scene of ")


def test_other_folder_names_are_scene_folders(tmp_path: Path, call: Call) -> None:
    save(make_full_scene(), tmp_path / "scene")
    outcome = call("convert", tmp_path / "scene", f"{tmp_path}/mj/")
    assert outcome.out.startswith(f"{tmp_path}/mj: scene folder written from a scene of ")
    assert (tmp_path / "mj" / "scene.json").is_file()


def test_what_cannot_be_split(tmp_path: Path) -> None:
    save(replace(make_full_scene(), assets={}, rest=None), tmp_path / "scene")
    with pytest.raises(FormatError, match="Use --split-type ply for points"):
        convert_run(tmp_path / "scene", tmp_path / "a", ConvertSettings(split=True))
    settings = ConvertSettings(split=True, split_type="fbx")
    with pytest.raises(UnknownNameError, match=r"--split-type fbx: expected one of \.glb, \.obj"):
        convert_run(tmp_path / "scene", tmp_path / "a", settings)
