"""From pictures to a scene, in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scenewright as sw
from scenewright.core import ConventionError, UnknownNameError
from scenewright.models.generated import GeneratedScene
from scenewright.pipelines.generate import steps
from scenewright.pipelines.generate.masks import read_scene_input
from scenewright.pipelines.generate.settings import GenerateSettings
from tests.models.generators.generator_builders import Packages


def test_generate(picture: Path, packages: Packages) -> None:
    stages: list[str] = []
    scene = sw.generate(
        picture, masks=str(picture.parent / "ids.png"), model="sceneflow/trellis", steps=1,
        texture_size=64, progress=lambda stage, *rest: stages.append(stage),
        **packages.options("sceneflow/trellis"),
    )  # fmt: skip
    assert scene.instances.id.tolist() == [1, 2]
    assert set(scene.instances.source) == {"generated"}
    assert scene.up is not None and scene.up.tolist() == [0, 0, 1]
    assert list(dict.fromkeys(stages)) == ["pictures", "structure", "latents", "shapes", "assets"]
    for asset in scene.assets.values():
        assert asset.mesh is not None and asset.mesh.texture is not None
        assert asset.surfels is not None and len(asset.surfels) > 0
    assert scene.surfels is not None and scene.surfels.instance_id is not None
    assert set(np.unique(scene.surfels.instance_id)) == {1, 2}
    assert [step.name for step in scene.provenance] == ["generate"]


def test_colors_of_labels_become_names(picture: Path, packages: Packages) -> None:
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    colors = np.array([(0, 0, 0), (255, 0, 0), (0, 130, 0)], np.uint8)[ids]
    Image.fromarray(colors).save(picture.parent / "colors.png")
    scene = sw.generate(
        picture, masks=str(picture.parent / "colors.png"), model="sceneflow/iscene", steps=1,
        coloring="vertices", **packages.options("sceneflow/iscene"),
    )  # fmt: skip
    assert scene.instances.label == ("#008200", "#ff0000")


def test_wrong_names() -> None:
    with pytest.raises(UnknownNameError) as caught:
        sw.generate("a.png", modell="sceneflow/trellis")
    assert str(caught.value).startswith("Setting 'modell' of generate: expected one of masks, ")
    assert str(caught.value).endswith("Did you mean 'model'?")


def test_arrays_and_warnings(
    picture: Path, packages: Packages, caplog: pytest.LogCaptureFixture
) -> None:
    options = packages.options("sceneflow/trellis")
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    given = sw.generate(
        np.asarray(Image.open(picture)), masks=ids, model="sceneflow/trellis", steps=np.int64(1),
        coloring="vertices", order="given", **options,
    )  # fmt: skip
    assert given.instances.id.tolist() == [1, 2] and given.unit == "arbitrary"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "--order has no effect: sceneflow/trellis does not use it",
        "this model predicts no layout: objects are placed side by side as in the picture, at "
        "equal distance",
        "the unit of length is not a meter: no depth was given",
    ]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"masks": None}, "masks: expected the path of a label image"),
        ({"masks": 3}, "masks: expected the path of a label image"),
        ({"seed": "x"}, "seed: expected a whole number, got 'x'"),
        ({"steps": 1.5}, "steps: expected a whole number or nothing (null), got 1.5"),
        ({"boxes": (1, 2, 3, 4)}, "boxes: expected a list of boxes"),
        ({"masks": "a.png", "keep_faces": 0}, "--keep-faces (keep_faces): expected 0.001 to 1"),
        ({"masks": np.zeros((48, 64))}, "masks of picture 1: expected (H, W) integers"),
    ],
)
def test_wrong_arguments(picture: Path, arguments: dict[str, object], text: str) -> None:
    with pytest.raises(ConventionError) as caught:
        sw.generate(picture, **arguments)  # type: ignore[arg-type]
    assert str(caught.value).startswith(text)


def test_repaired_poses_are_reported(picture: Path, packages: Packages) -> None:
    """A pose head that gives scale 0, which the published one may do."""
    settings = GenerateSettings(
        masks=(str(picture.parent / "ids.png"),), model="sceneflow/scenegen", steps=1,
        coloring="vertices", **packages.options("sceneflow/scenegen"),
    )  # fmt: skip
    source = read_scene_input([picture], None, settings)
    generator = steps.make_generator(settings)
    made = generator.generate(*source.pictures)

    class Repaired:
        def generate(self, *pictures: object, **rest: object) -> GeneratedScene:
            return replace(made, repaired=(1,))

    result = steps.generate_scene(source, settings, generator=Repaired())
    assert result.warnings[0] == (
        "the network gave no usable scale or rotation for 2; the scale was raised to the smallest, "
        "or the rotation left out"
    )
