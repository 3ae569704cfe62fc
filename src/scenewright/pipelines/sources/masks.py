"""Opening masks given by the name of a backend, as a folder, or as a proposer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from scenewright.core import ConventionError, FrameSource, UnknownNameError
from scenewright.data import Problem
from scenewright.models import MaskProposer, available, create
from scenewright.models.classical.mask_folder import MaskFolder
from scenewright.pipelines.sources.settings import MaskSettings

Masks = str | Path | MaskProposer
"""Masks: the name of a backend, a folder of masks, or an object with a method `propose`."""


def split_masks(masks: Masks) -> tuple[str, MaskProposer | None]:
    """The masks as a setting, and the proposer if one was given."""
    if isinstance(masks, str | Path):
        return str(masks), None
    if not isinstance(masks, MaskProposer):
        raise ConventionError(
            "Masks",
            expected="a backend by name, a folder of masks, or an object with a method 'propose'",
            got=type(masks).__name__,
        )
    return type(masks).__name__, masks


def make_proposer(settings: MaskSettings, source: FrameSource) -> MaskProposer:
    """The mask backend that settings name.

    Args:
        settings: Name of a backend, or path of a folder or file with masks.
        source: The capture; masks in a folder are matched by the names of its frames.

    Raises:
        UnknownNameError: It is neither the name of a backend nor a path, or the backend takes no
            concepts, no weights or no device.
    """
    given = {
        "concepts": settings.concepts or None,
        "weights": settings.weights,
        "device": settings.device,
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    masks = settings.masks
    if settings.uses_backend and settings.mask_suffix:
        raise ConventionError(
            f"Option 'mask_suffix' with masks '{masks}'",
            expected="a folder of masks",
            got="a backend, which reads no files",
        )
    if settings.uses_backend:
        return cast(MaskProposer, create(masks, **chosen))
    if chosen:
        raise UnknownNameError(
            f"Option '{next(iter(chosen))}' with masks '{masks}'",
            expected=f"a backend by name ({', '.join(available('masks/*'))})",
            got="masks from files",
        )
    if Path(masks).exists():
        return MaskFolder(
            masks,
            suffix=settings.mask_suffix,
            frame_names=source.names,
            undistort=settings.undistort_masks,
        )
    raise UnknownNameError(
        f"Masks '{masks}'",
        expected=f"a backend ({', '.join(available('masks/*'))}) or a folder with masks",
        got="neither",
        do="Check the spelling; 'scenewright models list' shows all backends.",
    )


def mask_problems(proposer: MaskProposer) -> tuple[Problem, ...]:
    """What may be wrong with masks from files; nothing for other proposers."""
    if not isinstance(proposer, MaskFolder):
        return ()
    return tuple(Problem("warning", "masks", sentence) for sentence in proposer.warnings)
