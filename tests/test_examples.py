"""The examples run from end to end, on small synthetic rooms."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import scenewright as sw
from scenewright.splats.fitting import fit_preset

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def load(path: str) -> ModuleType:
    """Imports an example by its path below examples/."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, EXAMPLES / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def room() -> sw.SyntheticCapture:
    return sw.film_room(3, num_frames=24, width=160, height=120)


@pytest.fixture(autouse=True)
def small_rooms(room: sw.SyntheticCapture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples without a capture get a small room."""
    monkeypatch.setattr(sw, "film_room", lambda seed=0: room)


@pytest.fixture(scope="module")
def capture(room: sw.SyntheticCapture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sw.write_capture(room, tmp_path_factory.mktemp("examples") / "room")


@pytest.fixture(scope="module")
def scene(room: sw.SyntheticCapture) -> sw.Scene:
    return sw.segment(room)


@pytest.fixture(scope="module")
def saved(scene: sw.Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sw.save(scene, tmp_path_factory.mktemp("examples") / "scene")


def test_every_example_is_in_the_gallery() -> None:
    gallery = (EXAMPLES / "README.md").read_text("utf-8")
    files = sorted(
        path.relative_to(EXAMPLES).as_posix()
        for pattern in ("*/*.py", "*/*.ipynb")
        for path in EXAMPLES.glob(pattern)
    )
    assert len(files) >= 10
    assert [path for path in files if f"({path})" not in gallery] == []


def test_first_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = load("00_first_scene/first_scene.py").main(None, tmp_path)
    assert len(scene.instances) == capsys.readouterr().out.count("object ")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "capture", "objects.glb", "points.ply", "preview.png",
    ]  # fmt: skip


def test_online(capsys: pytest.CaptureFixture[str]) -> None:
    module = load("01_online/online.py")
    scene = module.main(module.camera_frames(None))
    shown = capsys.readouterr().out
    assert "frame   0: new object" in shown
    assert shown.endswith(f"{len(scene.instances)} objects at the end\n")


def test_events_in_words() -> None:
    events_of = load("01_online/online.py").events_of
    update = sw.Update(0, created=(4,), merged=((1, 2),), split=((1, 3),), removed=(5,))
    assert events_of(update) == [
        "new object 4", "object 2 merged into object 1", "object 3 split off object 1",
        "object 5 removed",
    ]  # fmt: skip
    assert events_of(sw.Update(0, dropped="no valid pose")) == ["dropped: no valid pose"]


def test_own_masks(room: sw.SyntheticCapture, tmp_path: Path) -> None:
    module = load("02_own_masks/own_masks.py")
    masks = module.ColorPatches().propose(room[0])
    assert len(masks) > 3 and masks.areas().min() >= 0.002 * 160 * 120
    assert module.ColorPatches().propose(replace(room[0], image=None)) is None
    scene = module.main(None, tmp_path)
    assert len(scene.instances) > 3
    assert len(sw.load_scene(tmp_path / "objects.glb").assets) == len(scene.assets)


def test_crop_object(saved: Path, scene: sw.Scene, tmp_path: Path) -> None:
    main = load("03_crop_object/crop_object.py").main
    cropped = main(saved, None, tmp_path)
    (row,) = cropped.instances
    assert scene.points is not None and scene.points.instance_id is not None
    assert row.num_points == np.bincount(scene.points.instance_id)[1:].max()
    points = sw.load_scene(tmp_path / "object.ply").points
    assert points is not None and points.instance_id is not None
    assert points.instance_id.tolist() == [row.id] * row.num_points
    assert list(sw.load_scene(tmp_path / "object.glb").assets) == [row.id]
    other = int(scene.instances.id[scene.instances.id != row.id][0])
    assert list(main(scene, other, tmp_path).instances.id) == [other]


def test_export_objects(scene: sw.Scene, tmp_path: Path) -> None:
    files = load("04_export_objects/export_objects.py").main(scene, tmp_path)
    assert [path.name for path in files] == [f"{i}.glb" for i in scene.assets]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        ["objects.json", *(path.name for path in files)]
    )
    first = next(iter(scene.assets))
    alone = sw.load_scene(files[0])
    assert alone.instances.id.tolist() == [first]
    placed = alone.assets[first].world_from_asset
    assert np.allclose(placed, scene.assets[first].world_from_asset, atol=1e-6)


def test_edit_and_save(scene: sw.Scene, tmp_path: Path) -> None:
    edited = load("05_edit_and_save/edit_and_save.py").main(scene, tmp_path)
    assert len(edited.instances) == len(scene.instances) - 2
    assert "room" in edited.instances.label
    loaded = sw.load_scene(tmp_path / "scene")
    assert loaded.instances.id.tolist() == edited.instances.id.tolist()
    assert [step.name for step in loaded.provenance[-3:]] == ["merge", "rename", "remove"]


@pytest.mark.slow
def test_photos_to_objects(
    room: sw.SyntheticCapture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load("06_photos_to_objects/photos_to_objects.py")
    monkeypatch.setattr(sw, "film_room", lambda seed=0: list(room)[::3])
    assert all(frame.depth is None for frame in module.photographs())
    tiny = replace(fit_preset("preview", num_steps=12), start_surfels=4000)
    scene = module.main(None, tmp_path, tiny)
    assert len(scene.instances) >= 1 and scene.surfels is not None
    splats = sw.load_scene(tmp_path / "room.splat.ply").surfels
    assert splats is not None and len(splats) == len(scene.surfels)
    assert len(sw.load_scene(tmp_path / "objects.glb").assets) == len(scene.assets)


def test_make_world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = load("07_make_world/make_world.py").main(1, tmp_path, 2)
    assert len(sw.open_capture(capture)) == 2
    assert (capture / "gt_points.ply").is_file()
    assert str(capture) in capsys.readouterr().out


@pytest.mark.slow
def test_measure(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = load("08_measure/measure.py").main(capture)
    assert scores["true masks"] > 0.9 > scores["masks/depth-edges"]
    assert "AP50" in capsys.readouterr().out


@pytest.mark.slow
def test_notebook(tmp_path: Path) -> None:
    file = EXAMPLES / "09_notebook" / "first_look.ipynb"
    assert file.stat().st_size < 50_000
    notebook = json.loads(file.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    script = "\n".join("".join(cell["source"]) for cell in code)
    small = script.replace("num_frames=30", "num_frames=12, width=160, height=120")
    assert small != script
    (tmp_path / "notebook.py").write_text(small, "utf-8")
    source = str(Path(sw.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(sw.load_scene(tmp_path / "out" / "first_look" / "objects.glb").assets) > 3


@pytest.mark.slow
def test_batch(capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray")
    main = load("10_batch/batch.py").main
    assert main([capture], tmp_path) == 0
    assert capsys.readouterr().out.startswith("room: done, ")
    assert main([capture], tmp_path) == 0
    assert capsys.readouterr().out.startswith("room: skipped, ")
    run = sw.RunFolder.open(tmp_path / "runs" / "room")
    assert run.report.settings["preset"]["voxel_size"] == 0.03
