"""Encoded scenes: what they hold, that they are kept, and bad data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from scenewright.core import ConventionError, FormatError  # noqa: E402
from scenewright.training.tasks.sceneflow.batches import scene_batch  # noqa: E402
from scenewright.training.tasks.sceneflow.scenes import EncodedScene, SceneStore  # noqa: E402
from scenewright.training.tasks.sceneflow.starting import read_start  # noqa: E402
from tests.data.generation.generation_builders import write_data  # noqa: E402
from tests.training.tasks.sceneflow.sceneflow_builders import (  # noqa: E402
    SHORT,
    data,
    encoded,
    places,
)

NAME = "0000001"
CPU = torch.device("cpu")


def store_of(recipe: str, folder: Path, root: Path | None = None, **weights: object) -> SceneStore:
    start = read_start(recipe, replace(places(recipe), **weights))  # type: ignore[arg-type]
    config = replace(SHORT, recipe=recipe)
    return SceneStore(root or data(), start, folder, config=config, device=CPU)


def test_tokens_and_latents_of_scenegen() -> None:
    store = store_of("scenegen", encoded("scenegen"))
    assert store.train == (NAME, "0000002") and store.held_out == ("0000003",)
    scene = store.read(NAME)
    assert scene.tokens.shape == (2, 18, 32)  # object and mask
    assert scene.shared.shape == (27, 32)  # picture, and two halves of geometry
    assert scene.latents.shape == (2, 8, 4, 4, 4)
    batch = scene_batch(scene, np.array([1, 0]), name=NAME, device=CPU)
    assert batch.tokens.shape == (2, 45, 32) and batch.own_tokens == 9
    assert torch.equal(batch.tokens[0, :18], scene.tokens[1].float())
    assert torch.equal(batch.tokens[0, 18:], batch.tokens[1, 18:])
    torch.testing.assert_close(batch.poses[0], torch.tensor([0.0, 0, 0, 1, 0, 0, 0, 1]))
    assert float(batch.poses[1, 7]) == pytest.approx(4.0)  # the shelf is four times the stool
    assert batch.name == "scene 0000001, objects [1, 0]"


def test_slots_of_iscene() -> None:
    scene = store_of("iscene", encoded("iscene")).read(NAME)
    assert scene.tokens.shape == (2, 3, 9, 32) and scene.shared.shape == (0, 32)
    assert scene.latents.shape == (2, 3, 8, 4, 4, 4)
    assert torch.equal(scene.latents[0, 1], scene.latents[1, 1])  # the scene
    assert not torch.equal(scene.latents[0, 0], scene.latents[1, 0])
    canonical = store_of("scenegen", encoded("scenegen")).read(NAME).latents
    torch.testing.assert_close(scene.latents[:, 2], canonical)
    batch = scene_batch(scene, np.array([0]), name=NAME, device=CPU)
    assert batch.tokens.shape == (1, 3, 9, 32) and batch.own_tokens == 9


def test_latents_of_the_data_are_used(tmp_path: Path) -> None:
    from scenewright.data.generation import encode_latents

    root = write_data(tmp_path / "data", scene_ids=(NAME, "0000002"))
    encode_latents(root, lambda grid: np.full((8, 4, 4, 4), 0.25, np.float32))
    scene = store_of("scenegen", tmp_path, root, structure=None).read(NAME)
    assert torch.equal(scene.latents, torch.full((2, 8, 4, 4, 4), 0.25))


def test_shapes_without_latents_need_an_encoder(tmp_path: Path) -> None:
    with pytest.raises(ConventionError) as caught:
        store_of("iscene", tmp_path, structure=None).read(NAME)
    assert str(caught.value).startswith(
        "The shapes of scene 0000001: expected latents, or an encoder of occupancy grids, got "
        "neither. Name the encoder: --structure-weights hub:"
    )


def test_a_damaged_encoded_scene_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.safetensors").write_bytes(b"damaged")
    with pytest.raises(FormatError) as caught:
        store_of("scenegen", tmp_path).read(NAME)
    assert str(tmp_path / NAME) in str(caught.value) and "Delete it" in str(caught.value)


def test_missing_pictures_are_named(tmp_path: Path) -> None:
    root = write_data(tmp_path / "data", scene_ids=(NAME, "0000002"))
    (root / "masked_images" / NAME / "1_mask.png").unlink()
    with pytest.raises(FormatError, match=r"1_mask\.png"):
        store_of("scenegen", tmp_path, root).read(NAME)


def test_scenes_are_not_kept_without_cache(tmp_path: Path) -> None:
    start = read_start("scenegen", places("scenegen"))
    config = replace(SHORT, cache=False)
    store = SceneStore(data(), start, tmp_path / "kept", config=config, device=CPU)
    found = store.read(NAME)
    assert isinstance(found, EncodedScene) and not (tmp_path / "kept").exists()
