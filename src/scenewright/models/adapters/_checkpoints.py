"""Checkpoint folders in the format of transformers: found, checked and loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from scenewright.core import CaptureError, ConventionError, Frame, WeightsError, require
from scenewright.models.cards import CARDS
from scenewright.models.weights import LocalWeights, resolve_weights

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_SHOWN_KEYS = 3
_VOCABULARIES = ("tokenizer.json", "vocab.json")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint folder on this machine.

    Attributes:
        folder: Folder with config.json and the weights.
        weights: The weights and their hashes.
        image_settings: Settings of the image processor, as its JSON file holds them.
    """

    folder: Path
    weights: LocalWeights
    image_settings: dict[str, Any]


def open_checkpoint(
    name: str, *, weights: str | None, sha256: str | None, model_types: Sequence[str]
) -> Checkpoint:
    """Finds the checkpoint of a backend, or downloads it.

    Args:
        name: Registry name of the backend.
        weights: Reference, or None for that of the backend's card.
        sha256: Hash that the weights must have; None accepts any. See `resolve_weights`.
        model_types: Values of ``model_type`` in config.json that the backend can run.

    Raises:
        WeightsError: The weights are missing or refused, or belong to another type of network.
    """
    card = CARDS[name]
    is_default = weights is None
    local = resolve_weights(
        str(card.weights) if weights is None else weights,
        backend=name,
        license_name=card.weights_license if is_default else None,
        sha256=sha256 or (card.weights_sha256 if is_default else None),
    )
    folder = local.path
    if folder.is_file():
        if folder.name != "model.safetensors":
            raise WeightsError(
                f"Weights {local.reference} of backend '{name}'",
                expected="the folder of a checkpoint, or the model.safetensors in one",
                got=str(folder),
                do="Rename the file and put its config.json next to it.",
            )
        folder = folder.parent
    found = _read_json(folder / "config.json").get("model_type")
    if found not in model_types:
        raise WeightsError(
            f"Weights {local.reference} do not fit backend '{name}'",
            expected=f"model_type {' or '.join(model_types)} in config.json",
            got=str(found),
        )
    return Checkpoint(folder, local, _image_settings(folder))


def load_model(class_name: str, checkpoint: Checkpoint, *, device: str, dtype: str) -> Any:
    """Loads a network of transformers with its weights, in evaluation mode.

    Args:
        class_name: Class in transformers.
        checkpoint: The checkpoint, see `open_checkpoint`.
        device: Torch device, such as ``"cpu"`` or ``"cuda"``.
        dtype: float32, bfloat16 or float16.

    Raises:
        ConventionError: There is no such device or dtype.
        WeightsError: The weights are damaged, or the checkpoint lacks parts of the network, which
            would otherwise be random numbers.
    """
    torch_device = _as_device(device)
    if dtype not in _DTYPES:
        raise ConventionError("dtype", expected=f"one of {', '.join(_DTYPES)}", got=dtype)
    transformers = require("transformers", extra="models")
    try:
        with _without_progress_bars(transformers.utils.logging):
            model, facts = getattr(transformers, class_name).from_pretrained(
                checkpoint.folder,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
                dtype=_DTYPES[dtype],
            )
    except Exception as error:
        # The libraries raise exceptions of many types for damaged files.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise WeightsError(
            f"Weights {checkpoint.weights.reference} cannot be loaded",
            expected=f"a checkpoint of {class_name}",
            got=reason,
            do="They are damaged or belong to another network; download them again.",
        ) from error
    missing = sorted(facts["missing_keys"])
    if missing:
        examples = ", ".join(missing[:_SHOWN_KEYS])
        raise WeightsError(
            f"Weights {checkpoint.weights.reference} are incomplete",
            expected=f"all parts of {class_name}",
            got=f"{len(missing)} missing, such as {examples}",
        )
    return model.to(torch_device).eval()


def load_tokenizer(checkpoint: Checkpoint) -> Any:
    """Loads the tokenizer of a checkpoint.

    Raises:
        WeightsError: The checkpoint has none, or it is damaged.
    """
    folder = checkpoint.folder
    # Without a vocabulary, transformers makes an empty one and encodes all texts alike.
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise _no_text(folder, "none of them")
    transformers = require("transformers", extra="models")
    try:
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        # Damaged vocabularies raise exceptions of many types.
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise _no_text(folder, reason) from error


def image_of(frame: Frame, name: str) -> NDArray[np.uint8]:
    """The image of a frame, (H, W, 3) uint8 RGB.

    Raises:
        CaptureError: The frame has none.
    """
    if frame.image is None:
        raise CaptureError(
            f"Frame {frame.name or frame.index}",
            expected=f"an image, because backend '{name}' reads color",
            got="none",
            do="Use masks/depth-edges, which needs only depth.",
        )
    return frame.image


def _no_text(folder: Path, got: str) -> WeightsError:
    return WeightsError(
        f"The checkpoint {folder} cannot encode text",
        expected=f"the files of its tokenizer ({' or '.join(_VOCABULARIES)})",
        got=got,
        do="Copy all json and txt files of the checkpoint.",
    )


def _as_device(device: str) -> torch.device:
    try:
        torch_device = torch.device(device)
    except RuntimeError as error:
        raise ConventionError(
            "device", expected="a torch device, such as cpu or cuda", got=f"'{device}'"
        ) from error
    if torch_device.type == "cuda" and not torch.cuda.is_available():
        raise ConventionError(
            "device",
            expected="a device of this machine",
            got=f"'{device}', but CUDA is not available",
        )
    return torch_device


def _image_settings(folder: Path) -> dict[str, Any]:
    """Settings of the image processor, from its own file or from that of the whole processor."""
    if (folder / "preprocessor_config.json").is_file():
        return _read_json(folder / "preprocessor_config.json")
    settings = _read_json(folder / "processor_config.json").get("image_processor")
    if not isinstance(settings, dict):
        raise WeightsError(
            f"Cannot read {folder / 'processor_config.json'}",
            expected="settings of an image_processor",
            got="none",
        )
    return settings


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise WeightsError(
            f"The checkpoint {path.parent} is incomplete",
            expected=f"a file {path.name}",
            got="none",
            do="Copy all json files of the checkpoint.",
        )
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise WeightsError(f"Cannot read {path}", expected="JSON", got=str(error)) from error
    if not isinstance(value, dict):
        raise WeightsError(f"Cannot read {path}", expected="a JSON object", got=f"{value!r:.40}")
    return value


@contextmanager
def _without_progress_bars(logging: Any) -> Iterator[None]:
    """Disables the progress bars of transformers while the block runs."""
    enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if enabled:
            logging.enable_progress_bar()
