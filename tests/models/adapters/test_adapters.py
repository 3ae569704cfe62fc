"""The mask networks, with tiny random weights loaded by the real code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

from scenewright.core import CaptureError, ConventionError, MaskSet, ShapeError  # noqa: E402
from scenewright.models import MaskProposer, PromptSegmenter, available, card, create  # noqa: E402
from scenewright.models.adapters._point_grid import crop_windows, is_cut, point_grid  # noqa: E402
from scenewright.models.adapters._sam_family import stability  # noqa: E402
from scenewright.models.adapters.mask2former import entity_masks, scaled_size  # noqa: E402
from tests.models.adapters.adapter_builders import BUILDERS, color_frame, color_image  # noqa: E402
from tests.models.conformance import assert_proposes, assert_same, assert_segments  # noqa: E402
from tests.models.models_builders import make_frame  # noqa: E402

NAMES = [name for name in available("masks/*") if (card(name).weights or "").startswith("hub:")]
SAM_NAMES = [name for name in NAMES if "sam" in name]
EVERYTHING: dict[str, dict[str, Any]] = {
    "masks/sam": {"points_per_side": 4, "min_iou": -9.0, "min_stability": 0.0, "min_area": 1},
    "masks/sam2": {"points_per_side": 4, "min_iou": -9.0, "min_stability": 0.0, "min_area": 1},
    "masks/mask2former": {"min_score": 0.0, "min_area": 1},
}
"""Options with which random weights give masks too."""
Make = Callable[..., Any]


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A tiny checkpoint per backend."""
    root = tmp_path_factory.mktemp("checkpoints")
    return {name: BUILDERS[name](root / name.replace("/", "-")) for name in NAMES}


@pytest.fixture(scope="module")
def make(references: dict[str, str]) -> Make:
    """Creates a backend with a tiny checkpoint; the same one for the same options."""
    made: dict[str, Any] = {}

    def run(name: str, **options: Any) -> Any:
        key = f"{name} {options}"
        if key not in made:
            made[key] = create(name, weights=references[name], **(EVERYTHING[name] | options))
        return made[key]

    return run


@pytest.mark.parametrize("name", NAMES)
def test_conformance(name: str, make: Make) -> None:
    backend = make(name)
    assert_proposes(backend, color_frame())
    slots = {card(name).slot, *card(name).other_slots}
    assert ("PromptSegmenter" in slots) == isinstance(backend, PromptSegmenter)
    assert "MaskProposer" in slots and isinstance(backend, MaskProposer)


@pytest.mark.parametrize("name", NAMES)
def test_another_picture_gives_other_masks(name: str, make: Make) -> None:
    backend = make(name)
    masks = backend.propose(color_frame())
    turned = make_frame(width=64, height=48, image=color_image()[::-1, :, ::-1].copy())
    other = backend.propose(turned)
    assert not np.array_equal(other.starts, masks.starts)


@pytest.mark.parametrize("name", NAMES)
def test_a_frame_without_image(name: str, make: Make) -> None:
    with pytest.raises(CaptureError) as caught:
        make(name).propose(make_frame("000003"))
    assert str(caught.value) == (
        f"Frame 000003: expected an image, because backend '{name}' reads color, got none. Use "
        "masks/depth-edges, which can do with depth alone."
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(20, 100), (97, 33), (64, 64)])
def test_any_picture_size(name: str, size: tuple[int, int], make: Make) -> None:
    masks = make(name).propose(color_frame(*size))
    assert (masks.height, masks.width) == size and len(masks)


@pytest.mark.parametrize("name", NAMES)
def test_half_the_bits(name: str, make: Make) -> None:
    masks = make(name, dtype="bfloat16").propose(color_frame())
    assert len(masks) and np.isfinite(masks.scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_filters(name: str, make: Make) -> None:
    masks = make(name).propose(color_frame())
    least = int(masks.areas().min()) + 1
    large = make(name, min_area=least).propose(color_frame())
    assert len(large) and large.areas().min() >= least
    strict = {"min_score": 1.0} if name == "masks/mask2former" else {"min_iou": 2.0}
    assert len(make(name, **strict).propose(color_frame())) == 0
    few = make(name, suppress_iou=0.1).propose(color_frame())
    assert 0 < len(few) < len(masks)
    overlaps = few.iou(few) - np.eye(len(few))
    assert overlaps.max() <= 0.1


@pytest.mark.parametrize("name", SAM_NAMES)
def test_prompts(name: str, make: Make) -> None:
    backend, frame = make(name), color_frame()
    assert len(assert_segments(backend, frame)) == 3
    box = np.array([16, 12, 32, 24])
    for prompt in (
        {"box": box},
        {"points": np.array([[20, 15], [60, 40]]), "labels": np.array([1, 0])},
        {"points": np.array([[20, 15]]), "box": box},
    ):
        assert len(backend.segment(frame.image, **prompt)) == 1
    # A point beside the thing has to change the answer.
    point = {"points": np.array([[20.0, 15.0], [60.0, 40.0]])}
    first = backend.segment(frame.image, **point, labels=np.array([1, 1]))
    second = backend.segment(frame.image, **point, labels=np.array([1, 0]))
    assert not np.array_equal(first.starts, second.starts)


@pytest.mark.parametrize(
    ("prompt", "error", "text"),
    [
        ({}, ConventionError, "prompt: expected points or a box, got neither"),
        ({"points": np.zeros((2, 3))}, ShapeError,
         "points: expected (N, 2) with at least one, got (2, 3)"),
        ({"points": np.zeros((0, 2))}, ShapeError,
         "points: expected (N, 2) with at least one, got (0, 2)"),
        ({"points": np.full((1, 2), np.nan)}, ConventionError,
         "points: expected finite pixels, got [[nan nan]]"),
        ({"points": np.zeros((1, 2)), "labels": np.array([2])}, ConventionError,
         "labels: expected 0 or 1, got [2]"),
        ({"points": np.zeros((1, 2)), "labels": np.array([1, 1])}, ShapeError,
         "labels: expected (1,), got (2,)"),
        ({"box": np.zeros(3)}, ShapeError, "box: expected (4,) x, y, x, y, got (3,)"),
        ({"box": np.array([5, 5, 4, 9])}, ConventionError,
         "box: expected x, y, x, y with rising bounds, got [5. 5. 4. 9.]"),
        ({"box": np.array([1, 1, 4, 9]), "labels": np.array([1])}, ConventionError,
         "labels: expected points that they belong to, got no points"),
    ],
)  # fmt: skip
def test_wrong_prompts(
    prompt: dict[str, Any], error: type[Exception], text: str, make: Make
) -> None:
    with pytest.raises(error) as caught:
        make("masks/sam").segment(color_image(), **prompt)
    assert str(caught.value) == text


def test_a_prompt_needs_a_picture(make: Make) -> None:
    with pytest.raises(ShapeError, match=r"^image: expected \(H, W, 3\) uint8, got \(4, 4\) "):
        make("masks/sam").segment(np.zeros((4, 4)), points=np.ones((1, 2)))


@pytest.mark.parametrize("option", ["points_per_side", "points_per_batch", "min_area"])
def test_counts_below_one(option: str, make: Make) -> None:
    with pytest.raises(ConventionError, match=f"^{option}: expected 1 or more, got 0$"):
        make("masks/sam2", **{option: 0})


@pytest.mark.parametrize("name", SAM_NAMES)
def test_batches_do_not_change_the_masks(name: str, make: Make) -> None:
    whole = make(name, points_per_batch=16).propose(color_frame())
    parts = make(name, points_per_batch=5).propose(color_frame())
    assert len(whole) == len(parts)
    np.testing.assert_allclose(whole.scores, parts.scores, atol=1e-5)


@pytest.mark.parametrize("name", SAM_NAMES)
def test_crops_add_masks(name: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that sees a blob in the middle of whatever it is shown."""
    backend = make(name, crop_layers=1, points_per_side=1)
    height = 12 if name == "masks/sam" else 16  # of the picture in the logits
    logits = torch.full((1, 1, 16, 16), -9.0)
    logits[0, 0, height // 3 : 2 * height // 3, 5:11] = 9.0
    answer = (logits, torch.tensor([[0.9]]))
    monkeypatch.setattr(backend, "_decode", lambda *_, **__: answer)
    masks = backend.propose(color_frame(96, 128))
    centers = (masks.boxes()[:, :2] + masks.boxes()[:, 2:]) / 2
    windows = np.array(crop_windows(96, 128, layers=1))
    np.testing.assert_allclose(centers, (windows[:, :2] + windows[:, 2:]) / 2, atol=3)
    # What fills a crop is cut by its edges and dropped, but for that of the whole picture.
    answer[0][:] = 9.0
    assert backend.propose(color_frame(96, 128)).areas().tolist() == [96 * 128]


@pytest.mark.parametrize("name", SAM_NAMES)
def test_a_made_up_decoder_gives_the_masks_that_it_means(
    name: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way from logits to masks: size, stability, scores, area, suppression."""
    backend = make(name, min_iou=0.5, min_stability=0.9, min_area=20, points_per_side=1)
    side = 16  # of the tiny networks' logits
    height, width = (12, 16) if name == "masks/sam" else (16, 16)  # of the picture in them
    logits = torch.full((1, 4, side, side), -9.0)
    logits[0, :2, : height // 2, : width // 2] = 9.0  # a quarter of the picture, twice
    logits[0, 2, :height] = 0.5  # everything, but not stable
    logits[0, 3, height // 2, width // 2] = 9.0  # a quarter, but not likely
    ious = torch.tensor([[0.8, 1.1, 0.9, 0.4]])
    monkeypatch.setattr(backend, "_decode", lambda *_, **__: (logits, ious))
    masks = backend.propose(color_frame(96, 128))
    assert len(masks) == 1
    assert masks.scores[0] == 1.0
    found = masks.dense()[0]
    # Exact but for the pixels next to the border, which interpolation may move.
    assert found[:45, :61].all() and not found[51:].any() and not found[:, 67:].any()


@pytest.mark.parametrize("name", SAM_NAMES)
def test_picture_points_in_the_network(name: str, make: Make) -> None:
    # 128 x 96 in an input of 64 x 64; the network counts from the center of the first pixel.
    corners = np.array([[0, 0], [128, 96], [64, 48]], np.float32)
    height = 48 if name == "masks/sam" else 64
    np.testing.assert_allclose(
        make(name)._to_input(corners, (96, 128)) + 0.5,
        [[0, 0], [64, height], [32, height / 2]],
    )


def test_sam_pads_and_sam2_stretches(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for name in SAM_NAMES:
        backend = make(name)
        monkeypatch.setattr(backend._model, "get_image_embeddings", seen.append)
        backend._encode(np.full((48, 64, 3), 255, np.uint8))
    white = (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    for picture, height in zip(seen, (48, 64), strict=True):
        assert picture.shape == (1, 3, 64, 64)
        for channel, value in enumerate(white):
            np.testing.assert_allclose(picture[0, channel, :height], value, rtol=1e-5)
        assert (picture[0, :, height:] == 0).all()


@pytest.mark.parametrize("size", [(48, 64), (33, 97), (70, 51)])
def test_sam_sees_and_answers_as_in_transformers(
    size: tuple[int, int], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    transformers = pytest.importorskip("transformers")
    try:
        processor = transformers.SamImageProcessorPil(
            size={"longest_edge": 64}, pad_size={"height": 64, "width": 64}
        )
    except (AttributeError, ImportError):
        pytest.skip("this release of transformers names its processors otherwise")
    backend, image = make("masks/sam"), color_image(*size)
    expected = processor(Image.fromarray(image), return_tensors="pt")
    logits = torch.randn(3, 16, 16, generator=torch.Generator().manual_seed(0))
    masks = processor.post_process_masks(
        [logits[None]], expected["original_sizes"], expected["reshaped_input_sizes"], binarize=False
    )
    torch.testing.assert_close(backend._full_size(logits, size), masks[0][0])
    seen: list[Any] = []
    monkeypatch.setattr(backend._model, "get_image_embeddings", seen.append)
    backend._encode(image)
    torch.testing.assert_close(seen[0], expected["pixel_values"].float(), atol=1e-5, rtol=1e-5)


def test_weights_for_videos_run_on_pictures(tmp_path: Path, references: dict[str, str]) -> None:
    """The published SAM 2 checkpoints are those of the network for videos."""
    import adapter_builders as builders

    transformers = pytest.importorskip("transformers")
    plain = transformers.Sam2Model.from_pretrained(references["masks/sam2"][5:])
    config = transformers.Sam2VideoConfig(
        **{
            key: getattr(plain.config, key).to_dict()
            for key in ("vision_config", "prompt_encoder_config", "mask_decoder_config")
        },
        memory_attention_hidden_size=32,
        memory_encoder_hidden_size=32,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=32,
        memory_encoder_output_channels=16,
        memory_attention_rope_feat_sizes=[4, 4],
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
        mask_downsampler_embed_dim=32,
        image_size=64,
    )
    video = transformers.Sam2VideoModel(config)
    _, unread = video.load_state_dict(plain.state_dict(), strict=False)
    assert unread == []
    reference = builders.save(
        video, tmp_path, size={"height": 64, "width": 64}, **builders.IMAGENET
    )
    options = EVERYTHING["masks/sam2"]
    masks = create("masks/sam2", weights=reference, **options).propose(color_frame())
    plain_masks = create("masks/sam2", weights=references["masks/sam2"], **options)
    assert_same(masks, plain_masks.propose(color_frame()))


def test_stability_is_a_share_of_areas() -> None:
    logits = torch.tensor([[[5.0, 5.0], [0.5, -5.0]], [[-5.0] * 2] * 2, [[3.0] * 2] * 2])
    torch.testing.assert_close(stability(logits), torch.tensor([2 / 3, 0.0, 1.0]))


def test_point_grid() -> None:
    grid = point_grid(2, height=4, width=8)
    np.testing.assert_array_equal(grid, [[2, 1], [6, 1], [2, 3], [6, 3]])
    assert grid.dtype == np.float32


def test_crop_windows_cover_the_picture_and_overlap() -> None:
    assert crop_windows(480, 640, layers=0) == [(0, 0, 640, 480)]
    windows = crop_windows(480, 640, layers=2)
    assert len(windows) == 1 + 4 + 16
    for layer in (windows[1:5], windows[5:]):
        count = np.zeros((480, 640), int)
        for x, y, x_end, y_end in layer:
            assert 0 <= x < x_end <= 640 and 0 <= y < y_end <= 480
            count[y:y_end, x:x_end] += 1
        assert count.min() == 1 and count.max() == 4


def test_a_mask_is_cut_only_inside_the_picture() -> None:
    mask = np.zeros((4, 4), np.bool_)
    mask[0, 1] = True
    assert not is_cut(mask, (0, 0, 4, 4), (8, 8))
    assert is_cut(mask, (0, 4, 4, 8), (8, 8))
    assert is_cut(mask[::-1], (0, 0, 4, 4), (8, 8))
    assert not is_cut(mask[::-1], (4, 4, 8, 8), (8, 8))
    assert is_cut(mask.T, (4, 0, 8, 4), (8, 8)) and not is_cut(mask.T, (0, 0, 4, 4), (8, 8))


def test_entities_from_made_up_logits() -> None:
    """The picture fills the upper left 24 x 32 of a 32 x 32 input; logits are a quarter of it."""
    classes = torch.tensor([[4.0, 0, 0], [0, 0, 4.0], [0, 4.0, 0], [0, 0, -4.0]])
    masks = torch.full((4, 8, 8), -9.0)
    masks[0, :3, :4] = 9.0
    masks[1] = 9.0  # of an empty query
    masks[2, 6:] = 9.0  # outside of the picture
    masks[3, :, 4:] = 1.0  # half sure
    found = entity_masks(
        classes, masks, padded=(32, 32), scaled=(24, 32), size=(48, 64), min_score=0.5, min_area=9
    )
    assert len(found) == 2

    def sure(c: list[float]) -> float:
        return float(1 - torch.tensor(c).softmax(0)[-1])

    assert found.scores[0] == pytest.approx(sure([4.0, 0, 0]), abs=0.03)
    assert found.scores[1] == pytest.approx(sure([0, 0, -4.0]) / (1 + np.exp(-1)), abs=0.03)
    first, second = found.dense()
    assert first[:22, :30].all() and not first[26:].any() and not first[:, 34:].any()
    assert second[:, 40:].all() and not second[:, :30].any()
    none = entity_masks(
        classes, masks, padded=(32, 32), scaled=(24, 32), size=(48, 64), min_score=0.99, min_area=9
    )
    assert isinstance(none, MaskSet) and len(none) == 0


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
