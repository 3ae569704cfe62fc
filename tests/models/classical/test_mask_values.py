"""Values of id maps that mean "no mask"."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.models.classical.mask_folder import MaskFolder
from scenewright.models.classical.mask_values import ValueRule, find_value_rule
from tests.models.classical.mask_folder_builders import proposed, write_ids

WALL = np.repeat(np.array([[1, 1, 2, 2, 3, 3, 4, 4]], np.int64), 6, axis=0)
"""Ids from 1 that fill the image."""
THING = np.pad(np.array([[1, 1, 2, 2], [3, 3, 4, 4]], np.int64), ((2, 2), (2, 2)))
"""Ids from 1 on a background of 0 that covers the whole border."""


def rule_of(folder: Path, *maps: NDArray[np.integer]) -> tuple[ValueRule, str]:
    paths = []
    for number, ids in enumerate(maps):
        paths.append(folder / f"{number}.npy")
        np.save(paths[-1], ids)
    return find_value_rule(paths)


def test_zero_alone_means_no_mask_as_usual(tmp_path: Path) -> None:
    for ids in (WALL, THING, THING * 1000, np.where(THING > 0, 255, 0)):
        assert rule_of(tmp_path, ids) == (ValueRule(), "")


@pytest.mark.parametrize("void", [255, 65535, 2**32 - 1])
def test_ids_from_zero_with_a_value_far_above_for_nothing(tmp_path: Path, void: int) -> None:
    ids = WALL - 1
    ids[0, 0] = void
    rule, sentence = rule_of(tmp_path, WALL - 1, ids)
    assert rule == ValueRule(void, zero_is_mask=True)
    assert sentence == f"Pixels of value {void} are read as no mask; 0 is a mask"
    expected = WALL.copy()
    expected[0, 0] = 0
    np.testing.assert_array_equal(rule.ids(ids), expected)


def test_a_thin_border_of_255_on_a_background_of_zero(tmp_path: Path) -> None:
    ids = THING.copy()
    ids[1, 2:6] = 255
    rule, sentence = rule_of(tmp_path, ids)
    assert rule == ValueRule(255)
    assert sentence == "Pixels of value 255 are read as no mask; 0 is no mask either"
    np.testing.assert_array_equal(rule.ids(ids), THING)


def test_minus_one_means_no_mask(tmp_path: Path) -> None:
    rule, sentence = rule_of(tmp_path, WALL - 1, THING - 1)
    assert rule == ValueRule(zero_is_mask=True)
    assert sentence == "Pixels of value -1 are read as no mask; 0 is a mask"
    np.testing.assert_array_equal(rule.ids(THING - 1), THING)
    rule, _ = rule_of(tmp_path, np.where(THING == 1, -1, THING))
    assert rule == ValueRule()


def test_255_among_many_ids_is_an_id(tmp_path: Path) -> None:
    running = np.arange(1, 256, dtype=np.int64).reshape(5, 51)
    gray = np.array([[17, 85, 170, 255]] * 3, np.int64)
    for ids in (running, gray):
        assert rule_of(tmp_path, ids) == (ValueRule(), "")


def test_damaged_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"nothing")
    assert find_value_rule([tmp_path / "a.npy"]) == (ValueRule(), "")


def test_a_folder_says_how_it_reads_its_values(tmp_path: Path) -> None:
    ids = WALL - 1
    ids[0, 0] = 255
    write_ids(tmp_path / "000000.png", ids.astype(np.uint8))
    (tmp_path / "labels.json").write_text('{"0": "floor", "3": "cup"}')
    folder = MaskFolder(tmp_path, frame_names=["000000"])
    assert folder.warnings == ["Pixels of value 255 are read as no mask; 0 is a mask"]
    found = proposed(folder)
    np.testing.assert_array_equal(found.to_id_map(), np.where(ids == 255, 0, WALL))
    assert found.labels == ("floor", "", "", "cup")
