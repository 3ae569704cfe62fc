"""``scenewright name`` with an encoder that knows colors alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

import scenewright as sw
from scenewright.core import CaptureError, ConventionError, MaskSet, UnknownNameError
from scenewright.io import load_scene, save
from scenewright.language.features import COLOR_FEATURE
from scenewright.models import ModelCard, registry
from scenewright.pipelines.name.settings import NameSettings
from scenewright.pipelines.name.steps import name_scene
from scenewright.worlds.language.scenes import true_scene
from tests.builders import make_camera, make_frame
from tests.command_builders import Call, assert_plain_error
from tests.models.tiny.names_builders import LABELS, make_world

PLAIN = {"red": (1.0, 0, 0), "blue": (0, 0, 1.0), "gray": (0.57, 0.57, 0.57)}


class ColorEncoder:
    """Encodes pictures by their mean color, and texts by the color that they name."""

    card: ClassVar[ModelCard] = ModelCard(
        name="embed/color", slot="ImageEncoder", description="Colors.", source="this test",
        code_license="Apache-2.0", input="images", speed="none",
    )  # fmt: skip
    dim = 3

    def encode(self, image: NDArray[np.uint8], masks: MaskSet | None = None) -> NDArray[np.float32]:
        assert masks is not None
        means = np.array([image[mask].mean(axis=0) for mask in masks.dense()])
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        return np.asarray(means / lengths, np.float32)

    def encode_text(self, texts: list[str]) -> NDArray[np.float32]:
        found = [next(v for word, v in PLAIN.items() if word in text) for text in texts]
        return np.array(found, np.float32)


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point = EntryPoint("embed/color", f"{__name__}:ColorEncoder", registry.ENTRY_POINT_GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    registry._plugins.cache_clear()
    yield
    registry._plugins.cache_clear()


def frames_and_scene() -> tuple[list[sw.Frame], sw.Scene]:
    """A wall 2 m ahead, of which the left half is red and the right half blue."""
    frame = make_frame(width=64, height=48)
    camera = make_camera(64, 48)
    image = np.zeros((48, 64, 3), np.uint8)
    image[:, :32] = 220, 10, 10
    image[:, 32:] = 10, 10, 220
    frames = [sw.Frame(i, camera, frame.world_from_cam, image, frame.depth) for i in range(2)]
    x, z = np.meshgrid(np.arange(-6, 6, 0.02), np.arange(-4.5, 4.5, 0.02))
    points = np.stack([x, np.full_like(x, 2.0), z], axis=-1).reshape(-1, 3).astype(np.float32)
    ids = np.where(points[:, 0] < 0, 1, 2).astype(np.int32)
    boxes = [
        sw.Box3D(np.array([side * 3.0, 2.0, 0.0]), np.array([6.0, 0.1, 9.0]), np.eye(3))
        for side in (-1, 1)
    ]
    rows = [sw.Instance(i + 1, "", 1.0, box) for i, box in enumerate(boxes)]
    hidden = sw.Box3D(np.array([0, 9.0, 0]), np.ones(3), np.eye(3))
    rows.append(sw.Instance(3, "", 1.0, hidden))
    cloud = sw.PointCloud(points, instance_id=ids)
    return frames, sw.Scene(sw.InstanceTable.from_rows(rows), cloud, up=np.array([0, 0, 1.0]))


def test_objects_are_named_by_what_their_pictures_show() -> None:
    frames, scene = frames_and_scene()
    steps: set[str] = set()
    named = sw.name(
        scene, frames, words=["red", "blue"], model="embed/color",
        progress=lambda step, *_: steps.add(step),
    )  # fmt: skip
    assert named.instances.label == ("red", "blue", "")
    assert named.instances.label_scores[0]["red"] > 0.99
    assert named.instances.features["color"].known.tolist() == [True, True, False]
    assert named.instances.features["color"].model == "embed/color"
    assert steps == {"find views", "encode"}
    assert sw.ask(named, "what is object 1?").text == "red"


def test_unsure_objects_keep_no_name() -> None:
    frames, scene = frames_and_scene()
    named = sw.name(scene, frames, words="gray", model="embed/color", min_score=1.0)
    assert named.instances.label[:2] == ("gray", "gray")  # the only word is certain
    with pytest.raises(ConventionError, match="views: expected 1 or more, got 0"):
        name_scene(scene, frames, NameSettings(views=0, model="embed/color"), words=None)


def test_objects_are_named_by_shape_without_images(tmp_path: Path, call: Call) -> None:
    scene = true_scene(make_world())
    bare = replace(scene, instances=replace(scene.instances, label=("",) * 6))
    save(bare, tmp_path / "room")
    outcome = call("name", tmp_path / "room", tmp_path / "named")
    assert outcome.code == 0
    assert outcome.out.splitlines()[0].split() == ["id", "name", "score", "color", "size", "or"]
    named = load_scene(tmp_path / "named")
    right = sum(a == b for a, b in zip(named.instances.label, LABELS, strict=True))
    assert right >= 4
    assert "other" not in named.instances.label
    assert COLOR_FEATURE in named.instances.features
    assert named.provenance[-1].name == "name"
    beds = sw.name(bare, words=["bed"]).instances.label
    assert set(beds) <= {"bed", ""} and beds[1] == "bed"
    last = f"6 objects, {sum(map(bool, named.instances.label))} with a name"
    assert outcome.out.splitlines()[-1] == f"{tmp_path / 'named'}: {last}"
    outcome = call("name", tmp_path / "room", tmp_path / "b", "--words", "piano")
    assert_plain_error(outcome, "Word 'piano'", "--model embed/siglip2")


def test_labels_of_before_are_kept_and_counted(tmp_path: Path, call: Call) -> None:
    scene = true_scene(make_world())
    labels = ("gadget", "wrong", *LABELS[2:5], "")
    save(replace(scene, instances=replace(scene.instances, label=labels)), tmp_path / "room")
    outcome = call("name", tmp_path / "room", tmp_path / "named", "--words", "bed")
    found = load_scene(tmp_path / "named").instances.label
    assert found[:5] == ("gadget", "bed", *LABELS[2:5])
    count = sum(map(bool, found))
    assert outcome.out.splitlines()[-1] == (
        f"{tmp_path / 'named'}: 6 objects, {count} with a name; "
        "labels from before: 4 kept, 1 changed"
    )


def test_errors(tmp_path: Path, call: Call) -> None:
    _, scene = frames_and_scene()
    with pytest.raises(UnknownNameError, match="Model 'embed/colour': expected one of names/tiny"):
        sw.name(scene, [], model="embed/colour")
    with pytest.raises(CaptureError, match="The images of the scene: expected a capture, got none"):
        sw.name(scene, model="embed/color")
    save(scene, tmp_path / "room")
    outcome = call("name", tmp_path / "room", tmp_path / "named", "--model", "embed/color")
    assert_plain_error(outcome, "does not name its capture", "--capture")
    outcome = call("name", tmp_path / "room", tmp_path / "room", "--model", "embed/color")
    assert_plain_error(outcome, "Cannot write", "--overwrite")
    assert load_scene(tmp_path / "room").instances.label == ("", "", "")
