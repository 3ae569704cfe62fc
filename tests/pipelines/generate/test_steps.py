"""From pictures to a scene, in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import scenewright as sw
from scenewright.core import ConventionError, MissingExtraError, UnknownNameError
from scenewright.pipelines.generate import steps
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
    with pytest.raises(UnknownNameError) as caught:
        steps.make_generator(GenerateSettings(model="sceneflow/scengen"))
    assert str(caught.value) == (
        "Generator 'sceneflow/scengen': expected one of generate/tiny, sceneflow/iscene, "
        "sceneflow/scenegen, sceneflow/trellis. Did you mean 'sceneflow/scenegen'?"
    )


def test_settings_of_assets_are_checked_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConventionError) as caught:
        steps.asset_settings(GenerateSettings(keep_faces=0.0))
    assert str(caught.value) == "keep_share: expected above 0, at most 1, got 0.0"

    def lacking(package: str, *, extra: str) -> None:
        raise MissingExtraError(f"{package} {extra}")

    monkeypatch.setattr(steps, "require", lacking)
    with pytest.raises(MissingExtraError, match="fast_simplification assets"):
        steps.asset_settings(GenerateSettings())
