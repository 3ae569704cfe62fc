"""Pictures, label images and depth in all the forms they come in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, FormatError, ShapeError
from scenewright.pipelines.generate.pictures_in import (
    depth_meters,
    picture_path,
    read_labels,
    read_picture,
    read_stored_depth,
)

IDS = np.zeros((8, 10), np.uint8)
IDS[1:4, 1:4], IDS[5:8, 5:9] = 1, 2


def depth_of(path: Path, *, size: tuple[int, int], scale: float) -> np.ndarray:
    return depth_meters(read_stored_depth(path), size=size, scale=scale, path=path)


def saved(path: Path, image: Image.Image) -> Path:
    image.save(path)
    return path


def colors(first: tuple[int, int, int], second: tuple[int, int, int]) -> Image.Image:
    return Image.fromarray(np.array([(0, 0, 0), first, second], np.uint8)[IDS])


def test_cmyk_gray_and_turned_pictures(tmp_path: Path) -> None:
    rgb = Image.fromarray(np.full((8, 10, 3), (200, 100, 50), np.uint8))
    pixels, opaque = read_picture(saved(tmp_path / "a.jpg", rgb.convert("CMYK")))
    assert pixels.shape == (8, 10, 3) and opaque is None
    assert np.abs(pixels[0, 0].astype(int) - (200, 100, 50)).max() < 12
    gray, _ = read_picture(saved(tmp_path / "b.png", rgb.convert("L")))
    assert gray.shape == (8, 10, 3)
    exif = Image.Exif()
    exif[274] = 6
    rgb.save(tmp_path / "c.jpg", exif=exif)
    assert read_picture(tmp_path / "c.jpg")[0].shape == (10, 8, 3)


def test_alpha_becomes_white_and_a_mask(tmp_path: Path) -> None:
    rgba = np.full((8, 10, 4), 90, np.uint8)
    rgba[..., 3] = np.where(IDS > 0, 255, 0)
    pixels, opaque = read_picture(saved(tmp_path / "a.png", Image.fromarray(rgba)))
    assert opaque is not None and np.array_equal(opaque, IDS > 0)
    assert (pixels[IDS == 0] == 255).all() and (pixels[IDS > 0] == 90).all()


def test_pictures_that_cannot_be_used(tmp_path: Path) -> None:
    deep = saved(tmp_path / "a.png", Image.fromarray(np.zeros((4, 4), np.uint16)))
    with pytest.raises(FormatError) as caught:
        read_picture(deep)
    assert str(caught.value) == (
        f"{deep}: expected a picture of 8 bits per color, got mode I;16. "
        "Convert it to 8 bits first."
    )
    with pytest.raises(FormatError) as caught:
        read_picture(tmp_path / "none.png")
    assert str(caught.value) == f"{tmp_path / 'none.png'}: expected a picture, got no such path"
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(FormatError, match="expected a picture, got one that cannot be read"):
        read_picture(tmp_path / "text.png")
    with pytest.raises(FormatError) as caught:
        picture_path(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: expected a picture, or a folder with scene.jpg, got neither"
    )


def test_gray_palette_and_deep_labels(tmp_path: Path) -> None:
    palette = Image.fromarray(IDS, mode="P")
    palette.putpalette([0, 0, 0, 9, 9, 9, 9, 9, 9])
    for name, image in (
        ("gray.png", Image.fromarray(IDS)),
        ("palette.png", palette),
        ("deep.png", Image.fromarray(IDS.astype(np.uint16) * 300)),
    ):
        labels, names = read_labels(saved(tmp_path / name, image))
        assert np.array_equal(labels > 0, IDS > 0) and len(np.unique(labels)) == 3
        assert names == {}
    assert read_labels(tmp_path / "deep.png")[0].max() == 600


def test_colors_of_equal_luminance_stay_apart(tmp_path: Path) -> None:
    """Both are 76 as gray, so that a conversion to gray would join the objects."""
    red, green = (255, 0, 0), (0, 130, 0)
    assert len({int(np.asarray(Image.new("RGB", (1, 1), c).convert("L"))[0, 0]) for c in
                (red, green)}) == 1  # fmt: skip
    labels, names = read_labels(saved(tmp_path / "a.png", colors(red, green)))
    assert names == {1: "#008200", 2: "#ff0000"}
    assert np.array_equal(labels == 2, IDS == 1) and np.array_equal(labels == 1, IDS == 2)


def test_labels_without_black_and_with_transparency(tmp_path: Path) -> None:
    whole = Image.fromarray(np.array([(1, 0, 0), (2, 0, 0), (3, 0, 0)], np.uint8)[IDS])
    assert np.unique(read_labels(saved(tmp_path / "a.png", whole))[0]).tolist() == [1, 2, 3]
    rgba = np.dstack([np.asarray(whole), np.where(IDS > 0, 255, 0).astype(np.uint8)])
    labels, _ = read_labels(saved(tmp_path / "b.png", Image.fromarray(rgba)))
    assert np.array_equal(labels, IDS)


def test_photographs_are_no_labels(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    path = saved(tmp_path / "a.png", Image.fromarray(noise))
    with pytest.raises(FormatError) as caught:
        read_labels(path)
    assert str(caught.value).startswith(
        f"{path}: expected at most 256 colors, one per object, got 1"
    )
    assert str(caught.value).endswith(
        "Save masks as PNG; JPEG changes the colors, and smoothed edges add some."
    )


def test_depth(tmp_path: Path) -> None:
    stored = saved(tmp_path / "a.png", Image.fromarray(np.full((4, 6), 1500, np.uint16)))
    assert np.allclose(depth_of(stored, size=(4, 6), scale=1000), 1.5)
    meters = np.full((4, 6), 2.0)
    meters[0, 0] = np.nan
    np.save(tmp_path / "a.npy", meters)
    depth = depth_of(tmp_path / "a.npy", size=(4, 6), scale=1000)
    assert depth[0, 0] == 0 and depth[1, 1] == 2
    with pytest.raises(ShapeError) as caught:
        depth_of(stored, size=(8, 6), scale=1000)
    assert str(caught.value) == (
        f"{stored}: expected 6 x 8 pixels, as the picture, got 6 x 4. Resize it without "
        "interpolation (nearest neighbor)."
    )
    color = saved(tmp_path / "c.png", colors((1, 1, 1), (2, 2, 2)))
    with pytest.raises(FormatError) as wrong:
        depth_of(color, size=(8, 10), scale=1000)
    assert str(wrong.value) == f"{color}: expected a 16-bit depth image, got mode RGB"


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_depth_without_a_reading_is_refused(tmp_path: Path, value: float) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.full((4, 6), value))
    with pytest.raises(FormatError) as caught:
        depth_of(path, size=(4, 6), scale=1000)
    assert str(caught.value) == (
        f"{path}: expected depth above 0 in some pixels, got none. Check the file and "
        "--depth-scale, or leave --depth out."
    )


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_depth_scale_that_is_no_scale_is_refused(tmp_path: Path, scale: float) -> None:
    stored = saved(tmp_path / "a.png", Image.fromarray(np.full((4, 6), 1500, np.uint16)))
    with pytest.raises(ConventionError, match=r"^depth scale: expected above 0, got"):
        depth_of(stored, size=(4, 6), scale=scale)


def test_gray_with_alpha_keeps_its_labels(tmp_path: Path) -> None:
    alpha = np.where(IDS == 2, 0, 255).astype(np.uint8)
    image = Image.merge("LA", (Image.fromarray(IDS * 7), Image.fromarray(alpha)))
    labels, names = read_labels(saved(tmp_path / "a.png", image))
    assert names == {} and np.array_equal(labels, np.where(IDS == 1, 7, 0))


def test_integers_are_in_units_of_the_depth_scale(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((4, 6, 1), 1500, np.uint16))
    assert np.allclose(depth_of(tmp_path / "a.npy", size=(4, 6), scale=1000), 1.5)
    assert np.allclose(depth_of(tmp_path / "a.npy", size=(4, 6), scale=500), 3)
    floats = saved(tmp_path / "a.tif", Image.fromarray(np.full((4, 6), 2.5, np.float32)))
    assert np.allclose(depth_of(floats, size=(4, 6), scale=1000), 2.5)


def test_depth_that_cannot_be_meters(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    for values, scale, text in (
        (np.full((4, 6), 1500.0), 1000, "1500 m. Divide it by 1000, if that is its unit."),
        (np.full((4, 6), 1e6), 1000, "1e+06 m. Store meters, or integers and give --depth-scale "
         "(depth_scale)."),
        (np.full((4, 6), 15000), 1, "1.5e+04 m. Give --depth-scale 1000 (depth_scale), if that is "
         "its unit."),
        (np.full((4, 6), 2), 1000, "0.002 m. Give --depth-scale 1 (depth_scale), if that is its "
         "unit."),
    ):  # fmt: skip
        np.save(path, values)
        with pytest.raises(ConventionError) as caught:
            depth_of(path, size=(4, 6), scale=scale)
        expected = f"{path}: expected depth with a median of 0.02 to 200 m, got {text}"
        assert str(caught.value) == expected


def test_depth_of_a_turned_picture(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((4, 6)))
    with pytest.raises(ShapeError) as caught:
        depth_of(tmp_path / "a.npy", size=(6, 4), scale=1000)
    assert str(caught.value).endswith(
        "Turn it as well: the picture is turned upright as its EXIF data say."
    )


def test_depth_files_that_are_none(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.ones(3))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(FormatError, match="expected a depth array, got one that cannot be read"):
        read_stored_depth(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.ones((4, 6), complex))
    with pytest.raises(FormatError) as caught:
        depth_of(tmp_path / "b.npy", size=(4, 6), scale=1000)
    assert str(caught.value) == (
        f"{tmp_path / 'b.npy'}: expected (H, W) numbers, got shape (4, 6), complex128"
    )
