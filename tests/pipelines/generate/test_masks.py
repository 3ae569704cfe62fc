"""Masks from label images, folders, boxes, a backend and transparency; and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, FormatError, ShapeError, UnknownNameError
from scenewright.pipelines.generate.masks import SceneInput, read_scene_input
from scenewright.pipelines.generate.settings import GenerateSettings


def read(picture: Path, *masks: str | Path, **changes: object) -> SceneInput:
    settings = GenerateSettings(masks=tuple(map(str, masks)), **changes)  # type: ignore[arg-type]
    return read_scene_input([picture], None, settings)


def message(error: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(error) as caught:
        call()
    return str(caught.value)


def labels(picture: Path, ids: np.ndarray, name: str = "other.png") -> Path:
    Image.fromarray(ids).save(picture.parent / name)
    return picture.parent / name


def masked_images(picture: Path) -> Path:
    """A folder as in SceneGen's data set."""
    folder = picture.parent / "0004691"
    folder.mkdir()
    image = Image.open(picture).convert("RGB")
    image.save(folder / "scene.jpg", quality=95)
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    for number in (1, 2):
        mask = np.repeat(np.where(ids == number, 255, 0).astype(np.uint8)[..., None], 3, 2)
        Image.fromarray(mask).save(folder / f"{number - 1}_mask.png")
        cutout = np.dstack([np.asarray(image), mask[..., 0]])
        Image.fromarray(cutout).resize((32, 24)).save(folder / f"{number - 1}.png")
    return folder


def test_label_image(picture: Path) -> None:
    found = read(picture, picture.parent / "ids.png")
    assert found.labels == (1, 2) and found.source == "files"
    assert found.pictures[0].masks.areas().tolist() == [24 * 22, 34 * 28]
    assert found.camera.fx == pytest.approx(32 / np.tan(np.deg2rad(30)))


def test_folder_of_label_images_by_name(picture: Path) -> None:
    folder = picture.parent / "masks"
    folder.mkdir()
    (folder / "room.png").write_bytes((picture.parent / "ids.png").read_bytes())
    assert read(picture, folder).labels == (1, 2)


def test_folder_of_masked_images(picture: Path) -> None:
    folder = masked_images(picture)
    found = read(folder)
    assert found.labels == (1, 2) and found.files == (folder / "scene.jpg",)
    assert [each.shape for each in found.pictures[0].cutouts] == [(24, 32, 4)] * 2
    assert found.pictures[0].masks.areas().tolist() == [24 * 22, 34 * 28]
    (folder / "0.png").unlink()
    assert read(folder).pictures[0].cutouts == ()
    Image.fromarray(np.zeros((48, 64), np.uint8)).save(folder / "1_mask.png")
    assert message(ConventionError, lambda: read(folder)) == (
        f"Mask {folder / '1_mask.png'}: expected at least 16 pixels, got 0. Remove the file, or "
        "draw the mask again."
    )


def test_transparency_is_a_mask(picture: Path) -> None:
    pixels = np.asarray(Image.open(picture).convert("RGBA")).copy()
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    pixels[..., 3] = np.where(ids == 1, 255, 0)
    Image.fromarray(pixels).save(picture.parent / "cut.png")
    found = read(picture.parent / "cut.png")
    assert found.source == "transparency" and found.pictures[0].masks.areas().tolist() == [24 * 22]


def test_several_pictures_with_the_same_labels(picture: Path) -> None:
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    both = [picture, picture]
    swapped = labels(picture, np.where(ids > 0, 3 - ids, 0).astype(np.uint8))
    settings = GenerateSettings(masks=(str(picture.parent / "ids.png"), str(swapped)))
    found = read_scene_input(both, None, settings)
    assert [p.masks.areas().tolist() for p in found.pictures] == [[528, 952], [952, 528]]
    other = labels(picture, np.where(ids == 2, 7, ids).astype(np.uint8))
    settings = GenerateSettings(masks=(str(picture.parent / "ids.png"), str(other)))
    assert message(ConventionError, lambda: read_scene_input(both, None, settings)) == (
        "Masks of room.png: expected the labels of room.png: 1, 2, got 1, 7"
    )


def test_no_mask(picture: Path) -> None:
    advice = "Give --masks FILE, --masks masks/sam2 or another backend, or --boxes X0,Y0,X1,Y1."
    assert message(ConventionError, lambda: read(picture)) == (
        f"Masks of room.png: expected masks of the objects, got none. {advice}"
    )
    empty = labels(picture, np.zeros((48, 64), np.uint8))
    assert message(ConventionError, lambda: read(picture, empty)) == (
        f"Masks of room.png in {empty}: expected at least one object, got none. {advice}"
    )


def test_one_pixel(picture: Path) -> None:
    ids = np.asarray(Image.open(picture.parent / "ids.png")).copy()
    ids[0, 0] = 5
    path = labels(picture, ids)
    assert message(ConventionError, lambda: read(picture, path)) == (
        f"Mask 5 of room.png in {path}: expected at least 16 pixels, got 1. Remove the label, or "
        "use a larger picture."
    )
    ids[0, :40] = np.arange(40) + 5
    assert message(ConventionError, lambda: read(picture, labels(picture, ids))) == (
        f"Mask 5 of room.png in {path}: expected at least 16 pixels, got 1. There are 42 labels; "
        "smoothed edges and lossy files add some."
    )


def test_folders_without_masks(picture: Path) -> None:
    folder = masked_images(picture)
    for path in folder.glob("*_mask.png"):
        path.unlink()
    assert message(FormatError, lambda: read(folder)) == (
        f"{folder}: expected masks of scene.jpg: scene.png with labels, or k_mask.png for each "
        "object k, got neither"
    )
    (picture.parent / "none").mkdir()
    assert message(FormatError, lambda: read(picture, picture.parent / "none")) == (
        f"{picture.parent / 'none'}: expected masks of room.png: room.png with labels, or "
        "k_mask.png for each object k, got neither"
    )


def test_masks_that_lost_their_labels(picture: Path) -> None:
    ids = Image.open(picture.parent / "ids.png")
    for name in ("gray.jpg", "renamed.png"):
        path = picture.parent / name
        ids.save(path, "JPEG")
        assert message(FormatError, lambda: read(picture, path)) == (  # noqa: B023
            f"{path}: expected a label image that is stored without loss, got a JPEG, which "
            "changes the labels. Save masks as PNG."
        )


def test_arrays_and_images_in_memory(picture: Path) -> None:
    image = Image.open(picture)
    ids = np.asarray(Image.open(picture.parent / "ids.png"))
    depth = np.full((48, 64), 1500, np.uint16)
    settings = GenerateSettings()
    for one, mask in ((image, ids), (np.asarray(image), Image.fromarray(ids)), (image, ids == 1)):
        found = read_scene_input([one], depth, settings, label_images=[mask])
        assert found.source == "arrays" and found.files == (Path("picture 1"),)
        assert found.labels in ((1, 2), (1,))
        assert (found.pictures[0].image == np.asarray(image)).all()
    assert found.depth is not None and found.depth[0, 0] == np.float32(1.5)
    assert found.notes == (
        "depth: an array of integers, read as 1000 units per meter (--depth-scale)",
    )
    metric = read_scene_input([image], depth / 1000, settings, label_images=[ids])
    assert metric.notes == () and not metric.depth_is_scaled
    assert message(ShapeError, lambda: read_scene_input([image], None, settings,
                                                        label_images=[ids[:9]])) == (
        "masks of picture 1: expected 64 x 48 pixels, as the picture, got 64 x 9. Resize it "
        "without interpolation (nearest neighbor)."
    )  # fmt: skip


def test_masks_of_another_size(picture: Path) -> None:
    small = labels(picture, np.ones((24, 32), np.uint8))
    assert message(ShapeError, lambda: read(picture, small)) == (
        f"{small}: expected 64 x 48 pixels, as the picture, got 32 x 24. Resize it without "
        "interpolation (nearest neighbor)."
    )


def test_names_and_combinations_that_are_wrong(picture: Path) -> None:
    text = message(UnknownNameError, lambda: read(picture, "masks/sma2"))
    assert text.startswith("Masks 'masks/sma2': expected a file, a folder, or a backend (masks/")
    assert message(ConventionError, lambda: read(picture, "")) == (
        "--masks: expected a file, a folder or a backend, got empty text"
    )
    ids = picture.parent / "ids.png"
    assert message(ConventionError, lambda: read(picture, ids, boxes=("1,1,9,9",))) == (
        "Masks: expected --masks or --boxes, got both"
    )
    assert message(ConventionError, lambda: read(picture, ids, ids)) == (
        "--masks: expected 1, one per picture, or one folder, got 2"
    )
    assert message(ConventionError, lambda: read(picture, ids, fov=0.0)) == (
        "fov: expected 1 to 170 degrees, got 0"
    )
