"""Id maps as 16-bit PNG, and those of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from scenewright.core import FormatError, OutputError, ShapeError
from scenewright.io import read_id_map, write_id_map, write_id_maps


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.int64])
def test_id_map_round_trip(tmp_path: Path, dtype: type) -> None:
    top = min(np.iinfo(dtype).max, 65535)
    id_map: NDArray[Any] = np.array([[0, 1, 2], [3, 200, top]], dtype)
    write_id_map(tmp_path / "a.png", id_map)
    back = read_id_map(tmp_path / "a.png")
    assert back.dtype == np.int32 and np.array_equal(back, id_map)
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode.startswith("I;16")


def test_id_maps_of_other_programs(tmp_path: Path) -> None:
    ids = np.array([[0, 7], [255, 1]], np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(ids).save(path)
    assert np.array_equal(read_id_map(path), ids)
    palette = Image.fromarray(ids).convert("P")
    palette.putpalette([9] * 768)
    palette.save(path)
    assert np.array_equal(read_id_map(path), ids)
    Image.fromarray(np.repeat(ids.astype(np.uint8)[..., None], 3, axis=2)).save(path)
    assert np.array_equal(read_id_map(path), ids.astype(np.uint8))
    Image.fromarray(np.full((2, 2, 3), (1, 1, 2), np.uint8)).save(path)
    with pytest.raises(FormatError) as caught:
        read_id_map(path)
    assert str(caught.value) == (
        f"{path}: expected one channel of integers, got an image of mode RGB. Colors cannot be "
        "converted back to ids; save the ids themselves."
    )
    path.write_bytes(b"\x89PNG but not really")
    with pytest.raises(FormatError, match="expected a PNG id map, got one that cannot be read"):
        read_id_map(path)


@pytest.mark.parametrize(
    ("id_map", "error", "words"),
    [
        (np.array([[65536]]), FormatError, "expected ids from 0 to 65535, the range of a 16-bit"),
        (np.array([[-1]]), FormatError, "got -1 to -1"),
        (np.array([[0.5]]), ShapeError, r"expected \(H, W\) integers, got \(1, 1\) float64"),
        (np.array([1, 2]), ShapeError, r"got \(2,\) int64"),
        (np.zeros((0, 3), int), ShapeError, r"got \(0, 3\) int64"),
    ],
)
def test_what_an_id_map_cannot_be(
    tmp_path: Path, id_map: np.ndarray, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        write_id_map(tmp_path / "a.png", id_map)
    assert list(tmp_path.iterdir()) == []


def test_folder_of_id_maps(tmp_path: Path) -> None:
    maps = {f"{i:06d}": np.full((2, 3), i) for i in range(3)}
    write_id_maps(tmp_path / "ids", ((name, maps[name]) for name in maps))
    assert sorted(p.name for p in (tmp_path / "ids").iterdir()) == [f"{n}.png" for n in maps]
    assert np.array_equal(read_id_map(tmp_path / "ids" / "000002.png"), maps["000002"])
    with pytest.raises(OutputError, match="--overwrite"):
        write_id_maps(tmp_path / "ids", [])
    with pytest.raises(FormatError, match=r"expected plain file names, got '\.\./a'"):
        write_id_maps(tmp_path / "other", [("../a", maps["000000"])])
    assert not (tmp_path / "other").exists() and not (tmp_path / "a.png").exists()
