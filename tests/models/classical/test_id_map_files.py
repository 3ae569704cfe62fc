"""Files of id maps and embeddings: what is read, and errors for wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save_file

from scenewright.core import FormatError, WeightsError
from scenewright.models.classical.id_map_files import read_embeddings, read_stored_masks

IDS = np.array([[0, 0, 1, 1], [3, 3, 1, 0]], np.uint8)
TABLE = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]], np.float32)


def test_palette_indices_and_npy_arrays_are_ids(tmp_path: Path) -> None:
    image = Image.fromarray(IDS, mode="P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.save(tmp_path / "a.png")
    np.save(tmp_path / "b.npy", IDS.astype(np.int64))
    np.save(tmp_path / "c.npy", IDS > 0)
    np.save(tmp_path / "d.npy", IDS.astype(np.float32))
    Image.fromarray(np.repeat(IDS[..., None], 3, axis=2)).save(tmp_path / "e.png")
    for name in ("a.png", "b.npy", "d.npy", "e.png"):
        ids = read_stored_masks(tmp_path / name)
        np.testing.assert_array_equal(ids, IDS)
        assert ids.dtype == np.int64
    np.testing.assert_array_equal(read_stored_masks(tmp_path / "c.npy"), IDS > 0)


def test_color_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.dstack([IDS, IDS, 2 * IDS])).save(path)
    with pytest.raises(FormatError) as caught:
        read_stored_masks(path)
    assert str(caught.value) == (
        f"{path}: expected one channel of integers, got an image of mode RGB. "
        "Colors cannot be converted back to ids; save the ids themselves."
    )


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n broken"])
def test_unreadable_file(tmp_path: Path, content: bytes) -> None:
    for name, kind in (("0.png", "a PNG id map, got one that"), ("0.npy", r"a \.npy array, got")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError, match=rf"{name}: expected {kind}"):
            read_stored_masks(tmp_path / name)


def test_float_ids_and_archives_in_arrays(tmp_path: Path) -> None:
    path = tmp_path / "0.npy"
    np.save(path, IDS.astype(np.float32) / 2)
    with pytest.raises(FormatError) as caught:
        read_stored_masks(path)
    assert str(caught.value) == (
        f"Masks {path}: expected an (H, W) array of integer ids, or (N, H, W) booleans, "
        "got (2, 4) float32. Save ids, or masks after the threshold (masks > 0), "
        "not probabilities."
    )
    with path.open("wb") as stream:
        np.savez(stream, ids=IDS)
    with pytest.raises(FormatError, match=r"expected a \.npy array, got an archive of arrays"):
        read_stored_masks(path)


def test_negative_values_are_kept_and_huge_ones_refused(tmp_path: Path) -> None:
    path = tmp_path / "0.npy"
    np.save(path, IDS.astype(np.int16) - 1)
    np.testing.assert_array_equal(read_stored_masks(path), IDS.astype(np.int64) - 1)
    np.save(path, IDS.astype(np.int64) << 40)
    with pytest.raises(FormatError, match="expected ids from 0 to 2147483647, got 0 to 32985"):
        read_stored_masks(path)


MASKS = np.stack([IDS == 1, IDS == 3, IDS == 0])


@pytest.mark.parametrize(
    "stored",
    [
        MASKS,
        MASKS.astype(np.uint8),
        MASKS.astype(np.uint8) * 255,
        MASKS.astype(np.float32),
        MASKS[:, None],
    ],
    ids=["bool", "ones", "255", "float", "axis of one"],
)
def test_separate_masks(tmp_path: Path, stored: NDArray[np.generic]) -> None:
    np.save(tmp_path / "a.npy", stored)
    np.savez_compressed(tmp_path / "b.npz", masks=stored)
    for name in ("a.npy", "b.npz"):
        found = read_stored_masks(tmp_path / name)
        assert found.dtype == bool
        np.testing.assert_array_equal(found, MASKS)


def test_ids_with_an_axis_of_one_and_archives(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", IDS[None])
    np.savez(tmp_path / "b.npz", mask=IDS, scores=np.ones(3))
    np.savez(tmp_path / "c.npz", first=IDS, second=IDS)
    for name in ("a.npy", "b.npz"):
        np.testing.assert_array_equal(read_stored_masks(tmp_path / name), IDS)
    with pytest.raises(FormatError) as caught:
        read_stored_masks(tmp_path / "c.npz")
    assert str(caught.value) == (
        f"Masks {tmp_path / 'c.npz'}: expected one array, or one named 'masks', "
        "got 2: first, second"
    )


def test_scores_of_three_axes_are_no_masks(tmp_path: Path) -> None:
    np.save(tmp_path / "0.npy", MASKS * np.float32(0.3) - np.float32(0.1))
    with pytest.raises(FormatError, match=r"got \(3, 2, 4\) float32\. Save ids, or masks after"):
        read_stored_masks(tmp_path / "0.npy")


def test_embeddings_are_scaled_to_length_one(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", TABLE.astype(np.float64))
    np.savez(tmp_path / "a.npz", embeddings=TABLE, other=TABLE[:1])
    save_file({"any name": TABLE}, tmp_path / "a.safetensors")
    for suffix in ("npy", "npz", "safetensors"):
        table = read_embeddings(tmp_path / f"a.{suffix}")
        np.testing.assert_allclose(table, [[0.6, 0.8], [1.0, 0.0], [0.0, 1.0]], atol=1e-6)
        assert table.dtype == np.float32


def test_pickles_need_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(b"anything")
    with pytest.raises(WeightsError, match=r"got a pickle \(\.pt\)\. If you trust its source"):
        read_embeddings(path)
    torch = pytest.importorskip("torch")
    torch.save(torch.from_numpy(TABLE), path)
    np.testing.assert_allclose(
        read_embeddings(path, allow_torch_load=True)[0], [0.6, 0.8], atol=1e-6
    )
    torch.save({"a": 1}, path)
    with pytest.raises(FormatError, match="expected a saved tensor, got dict"):
        read_embeddings(path, allow_torch_load=True)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (np.zeros((3, 2), np.float32), "finite vectors longer than 0, got length 0 in row 0"),
        (np.full((3, 2), np.nan, np.float32), "finite vectors longer than 0, got length nan in"),
        (TABLE.ravel(), "expected a (K, D) array of numbers, got (6,) float32"),
        (np.array([["a", "b"]]), "expected a (K, D) array of numbers, got (1, 2) <U1"),
    ],
)
def test_bad_embeddings(tmp_path: Path, table: NDArray[np.float32], text: str) -> None:
    np.save(tmp_path / "0.npy", table)
    with pytest.raises(FormatError) as caught:
        read_embeddings(tmp_path / "0.npy")
    assert text in str(caught.value)


def test_archives_of_several_arrays_need_a_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", first=TABLE, second=TABLE)
    with pytest.raises(FormatError) as caught:
        read_embeddings(tmp_path / "a.npz")
    assert str(caught.value) == (
        f"Embeddings {tmp_path / 'a.npz'}: expected one array, or one named 'embeddings', got 2: "
        "first, second"
    )


@pytest.mark.parametrize("suffix", ["npy", "npz", "safetensors", "pt"])
def test_damaged_embeddings(tmp_path: Path, suffix: str) -> None:
    if suffix == "pt":
        pytest.importorskip("torch")
    (tmp_path / f"a.{suffix}").write_bytes(b"damaged")
    with pytest.raises(FormatError, match="expected a"):
        read_embeddings(tmp_path / f"a.{suffix}", allow_torch_load=True)
