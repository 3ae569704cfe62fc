"""Masks given by the name of a backend, as a folder, or as a proposer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scenewright.core import ConventionError, Frame, FrameList, MaskSet, UnknownNameError
from scenewright.data import open_capture
from scenewright.models import available
from scenewright.pipelines.sources.masks import make_proposer, mask_problems, split_masks
from scenewright.pipelines.sources.settings import MaskSettings
from tests.builders import make_frame


class Finder:
    """Finds nothing."""

    def propose(self, frame: Frame) -> MaskSet | None:
        return None


def test_an_object_stands_for_itself_and_words_for_settings() -> None:
    finder = Finder()
    assert split_masks(finder) == ("Finder", finder)
    assert split_masks("masks/tiny-rgb") == ("masks/tiny-rgb", None)
    assert split_masks(Path("my") / "masks") == (str(Path("my") / "masks"), None)


def test_only_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert MaskSettings(masks="mine").absolute_masks() == str(tmp_path / "mine")
    assert MaskSettings().absolute_masks() == "masks/depth-edges"
    assert MaskSettings(masks="Finder").absolute_masks() == "Finder"


def test_a_folder_is_read_by_the_names_of_frames(small_capture: Path) -> None:
    capture = open_capture(small_capture)
    settings = MaskSettings(masks=str(small_capture / "instance"))
    found = make_proposer(settings, capture).propose(capture[2])
    assert found is not None and len(found) > 3


def test_masks_that_are_neither() -> None:
    frames = FrameList([make_frame()])
    names = ", ".join(available("masks/*"))
    with pytest.raises(UnknownNameError) as caught:
        make_proposer(MaskSettings(masks="nothing"), frames)
    assert str(caught.value) == (
        f"Masks 'nothing': expected a backend ({names}) or a folder with masks, got neither. "
        "Check the spelling; 'scenewright models list' shows all backends."
    )


def test_masks_that_are_no_masks() -> None:
    with pytest.raises(ConventionError, match=r"an object with a method 'propose', got dict"):
        split_masks({"frame": None})  # type: ignore[arg-type]


def test_a_suffix_needs_files() -> None:
    settings = MaskSettings(mask_suffix=".segm")
    with pytest.raises(ConventionError, match="got a backend, which reads no files"):
        make_proposer(settings, FrameList([]))


def test_concepts_go_to_the_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def create(name: str, **options: object) -> Finder:
        given.append((name, options))
        return Finder()

    monkeypatch.setattr("scenewright.pipelines.sources.masks.create", create)
    settings = MaskSettings(masks="masks/sam3", concepts=("chair", "cup"), device="cuda")
    make_proposer(settings, FrameList([]))
    make_proposer(MaskSettings(masks="masks/sam"), FrameList([]))
    assert given == [
        ("masks/sam3", {"concepts": ("chair", "cup"), "device": "cuda"}),
        ("masks/sam", {}),
    ]


def test_a_network_with_concepts_is_made(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.models.adapters.adapter_builders import color_frame, tiny_sam3

    settings = MaskSettings(
        masks="masks/sam3", concepts=("chair", "cup"), weights=tiny_sam3(tmp_path / "sam3")
    )
    masks = make_proposer(settings, FrameList([])).propose(color_frame())
    assert masks is not None and set(masks.labels) <= {"chair", "cup"}


def test_concepts_for_masks_that_take_none(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError) as caught:
        make_proposer(MaskSettings(concepts=("chair",)), FrameList([]))
    assert str(caught.value).startswith("Option 'concepts' of backend 'masks/depth-edges': ")
    with pytest.raises(UnknownNameError) as caught:
        make_proposer(MaskSettings(masks=str(tmp_path), concepts=("chair",)), FrameList([]))
    assert str(caught.value).startswith(f"Option 'concepts' with masks '{tmp_path}': ")


def test_a_list_of_concepts_is_needed() -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ConventionError) as caught:
        make_proposer(MaskSettings(masks="masks/sam3"), FrameList([]))
    assert str(caught.value) == (
        "concepts: expected at least one word, got none. Say what to look for: "
        'concepts=["chair", "table"] (--concepts "chair, table").'
    )


def test_masks_of_one_frame_are_a_warning(small_capture: Path, tmp_path: Path) -> None:
    capture = open_capture(small_capture)
    name = capture.names[1]
    shutil.copy(small_capture / "instance" / f"{name}.png", tmp_path)
    proposer = make_proposer(MaskSettings(masks=str(tmp_path)), capture)
    (problem,) = mask_problems(proposer)
    assert problem.severity == "warning" and problem.code == "masks"
    assert problem.what.startswith(f"{len(capture) - 1} of {len(capture)} frames have no masks in")
    assert mask_problems(Finder()) == ()
