"""Uploaded pictures, label images and depth, good and bad ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenewright.core import ConventionError, FormatError, ShapeError
from scenewright.pipelines.page.session import Session, add_picture
from scenewright.pipelines.page.uploads import (
    LONGEST_SIDE,
    plain_name,
    upload_depth,
    upload_labels,
    upload_picture,
)


def saved(folder: Path, name: str, image: Image.Image) -> Path:
    """The file of an image."""
    image.save(folder / name)
    return folder / name


def test_pictures_of_all_kinds_become_rgb(tmp_path: Path) -> None:
    for mode in ("RGB", "L", "CMYK", "P", "1"):
        suffix = "jpg" if mode == "CMYK" else "png"
        path = saved(tmp_path, f"{mode}.{suffix}", Image.new(mode, (40, 30)))
        session = upload_picture(Session(), path)
        assert session.picture.pixels.shape == (30, 40, 3) and session.objects == ()


def test_transparency_becomes_a_mask(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 30), (200, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 30))
    session = upload_picture(Session(), saved(tmp_path, "cut.png", image))
    assert len(session.objects) == 1 and session.picture.area(1) == 20 * 30
    assert session.picture.pixels[0, 0].tolist() == [255, 255, 255]


def test_a_picture_of_8000_pixels_is_reduced(tmp_path: Path) -> None:
    path = saved(tmp_path, "large.png", Image.new("RGB", (8000, 4000), (10, 200, 30)))
    picture = upload_picture(Session(), path).picture
    assert picture.size == (LONGEST_SIDE // 2, LONGEST_SIDE) and picture.original == (4000, 8000)
    assert picture.pixels[100, 100].tolist() == [10, 200, 30]


def test_bad_pictures_are_named_without_their_folder(tmp_path: Path) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(b"no picture")
    with pytest.raises(FormatError) as caught:
        upload_picture(Session(), path)
    assert str(tmp_path) not in str(caught.value) and "bad.png" in str(caught.value)
    deep = saved(tmp_path, "deep.png", Image.new("I;16", (4, 4)))
    with pytest.raises(FormatError, match="a picture of 8 bits per color, got mode I;16"):
        upload_picture(Session(), deep)


def test_label_images_have_the_size_of_the_file(tmp_path: Path) -> None:
    picture = saved(tmp_path, "large.png", Image.new("RGB", (3200, 1600)))
    session = upload_picture(Session(), picture)
    labels = np.zeros((1600, 3200, 3), np.uint8)
    labels[:800], labels[800:, :1600] = (255, 0, 0), (0, 0, 255)
    made = upload_labels(session, saved(tmp_path, "ids.png", Image.fromarray(labels)))
    assert [each.name for each in made.objects] == ["#0000ff", "#ff0000"]
    assert made.picture.area(2) == 400 * 1600 and made.picture.area(1) == 400 * 800
    small = saved(tmp_path, "small.png", Image.new("L", (1600, 800)))
    with pytest.raises(ShapeError, match=r"small.png: expected 3200 x 1600 pixels"):
        upload_labels(session, small)
    with pytest.raises(ConventionError, match="Picture: expected at least one, got none"):
        upload_labels(Session(), small)


def test_depth_belongs_to_the_first_picture(tmp_path: Path) -> None:
    picture = saved(tmp_path, "large.png", Image.new("RGB", (3200, 1600)))
    session = upload_picture(Session(), picture)
    session = add_picture(session, "b", np.zeros((30, 40, 3), np.uint8))
    depth = saved(tmp_path, "depth.png", Image.new("I;16", (3200, 1600), 2500))
    made = upload_depth(session, depth, scale=1000)
    assert made.shown == 1 and made.pictures[1].depth is None
    found = made.pictures[0].depth
    assert found is not None and found.shape == (800, 1600) and (found == 2.5).all()
    assert upload_depth(made, None, scale=1000).pictures[0].depth is None
    with pytest.raises(ShapeError, match=r"depth\.npy: expected 3200 x 1600"):
        np.save(tmp_path / "depth.npy", np.ones((30, 40)))
        upload_depth(session, tmp_path / "depth.npy", scale=1000)


@pytest.mark.parametrize(
    ("text", "name"),
    [("my room", "my-room"), ("../../etc/passwd", "etc-passwd"), ("日本", "picture"),
     ("a" * 99, "a" * 40), ("<b>", "b")],
)  # fmt: skip
def test_names_are_plain_file_names(text: str, name: str) -> None:
    assert plain_name(text) == name
