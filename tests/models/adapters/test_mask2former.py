"""From the queries of Mask2Former to masks, and its input size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from scenewright.core import MaskSet  # noqa: E402
from scenewright.models import create  # noqa: E402
from scenewright.models.adapters.mask2former import (  # noqa: E402
    InputSizes,
    class_names,
    entity_masks,
    scaled_size,
)
from tests.models.adapters.adapter_builders import (  # noqa: E402
    EVERYTHING,
    Make,
    color_frame,
)

SIZES = InputSizes(original=(48, 64), scaled=(24, 32), padded=(32, 32))
NAMES = ["chair", "cup"]


def test_entities_from_known_logits() -> None:
    """The image fills the upper left 24 x 32 of a 32 x 32 input; logits are a quarter of it."""
    classes = torch.tensor([[4.0, 0, 0], [0, 0, 4.0], [0, 4.0, 0], [0, 0, -4.0]])
    masks = torch.full((4, 8, 8), -9.0)
    masks[0, :3, :4] = 9.0
    masks[1] = 9.0  # of an empty query
    masks[2, 6:] = 9.0  # outside of the image
    masks[3, :, 4:] = 1.0  # uncertain
    found = entity_masks(classes, masks, sizes=SIZES, names=NAMES, min_score=0.5, min_area=9)
    assert found.labels == ("chair", "chair"), "the class is the best, but for nothing"

    def confidence(c: list[float]) -> float:
        return float(1 - torch.tensor(c).softmax(0)[-1])

    assert found.scores[0] == pytest.approx(confidence([4.0, 0, 0]), abs=0.03)
    assert found.scores[1] == pytest.approx(confidence([0, 0, -4.0]) / (1 + np.exp(-1)), abs=0.03)
    first, second = found.dense()
    assert first[:22, :30].all() and not first[26:].any() and not first[:, 34:].any()
    assert second[:, 40:].all() and not second[:, :30].any()
    none = entity_masks(classes, masks, sizes=SIZES, names=NAMES, min_score=0.99, min_area=9)
    assert isinstance(none, MaskSet) and len(none) == 0


def test_the_label_is_the_most_probable_class_even_if_nothing_is_nearly_as_likely() -> None:
    classes = torch.tensor([[1.0, 2.0, 1.9], [3.0, 0, 0]])
    masks = torch.full((2, 8, 8), 9.0)
    found = entity_masks(classes, masks, sizes=SIZES, names=NAMES, min_score=0.1, min_area=9)
    assert found.labels == ("chair", "cup"), "in order of their scores"
    assert found.scores[0] > found.scores[1]


def test_names_of_classes() -> None:
    assert class_names({1: "cup", 0: "chair"}) == ["chair", "cup"]
    assert class_names({0: "LABEL_0", 1: "LABEL_1"}) == ["", ""]
    assert class_names({0: "LABEL_MAKER", 1: "cup"}) == ["LABEL_MAKER", "cup"]


def test_labels_come_from_the_checkpoint(
    make: Make, reference_of: Callable[[str], str], tmp_path: Path
) -> None:
    masks = make("masks/mask2former").propose(color_frame())
    assert set(masks.labels) == {""}, "the checkpoint has no names"
    source = Path(reference_of("masks/mask2former").removeprefix("file:"))
    folder = tmp_path / "named"
    shutil.copytree(source, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    names = ["chair", "cup", "wall-other-merged"]
    config["id2label"] = dict(enumerate(names))
    config["label2id"] = {name: i for i, name in enumerate(names)}
    (folder / "config.json").write_text(json.dumps(config))
    options = EVERYTHING["masks/mask2former"]
    named = create("masks/mask2former", weights=f"file:{folder}", **options).propose(color_frame())
    assert len(named) == len(masks) and set(named.labels) <= set(names)
    assert all(named.labels)


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({"size": {"height": 384, "width": 384}}, (384, 384)),
        ({"size": {"shortest_edge": 240, "longest_edge": 1333}}, (240, 320)),
        ({"size": {"shortest_edge": 240, "longest_edge": 160}}, (120, 160)),
        ({"size": 240, "max_size": 160}, (120, 160)),
        ({"size": 240, "_max_size": 999}, (240, 320)),
        ({"size": {"shortest_edge": 240}}, (240, 320)),
        ({"do_resize": False}, (480, 640)),
    ],
)
def test_wanted_size(settings: dict[str, Any], size: tuple[int, int]) -> None:
    assert scaled_size((480, 640), settings) == size
