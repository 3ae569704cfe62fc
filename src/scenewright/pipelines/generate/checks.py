"""Settings of ``generate`` that cannot be, and those that have no effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from scenewright.core import ConventionError, FormatError, UnknownNameError, require
from scenewright.generation.assets import AssetSettings, Coloring
from scenewright.models import available, registry
from scenewright.models.generators.config import GeneratorConfig
from scenewright.pipelines.generate.masks import SceneInput
from scenewright.pipelines.generate.settings import GenerateSettings
from scenewright.runs.fields import fields_of
from scenewright.runs.settings_files import typed_value

_LARGEST_SEED = 2**63 - 200
"""Of the random generators; further samples and samplers take seeds from this one on."""
_MOST_CANDIDATES = 64
_FIELDS = {"keep_share": "keep_faces"}
"""Settings that have another name inside."""
_ISCENE, _SCENEGEN, _TRELLIS = "sceneflow/iscene", "sceneflow/scenegen", "sceneflow/trellis"
_TINY = "generate/tiny"
_USED_BY: Mapping[str, tuple[str, ...]] = {
    "encoder_weights": (_SCENEGEN, _TRELLIS),
    "geometry_weights": (_SCENEGEN,),
    "base_weights": (_ISCENE,),
    "order": (_SCENEGEN,),
    "low_memory": (_ISCENE, _SCENEGEN, _TRELLIS),
    "dtype": (_ISCENE, _SCENEGEN, _TRELLIS),
}
"""Settings of single generators."""


def settings_from_arguments(values: Mapping[str, Any]) -> GenerateSettings:
    """Settings from the arguments of a function.

    Args:
        values: By name of the field; numbers may be those of NumPy.

    Raises:
        ConventionError: A value has the wrong type.
        UnknownNameError: There is no such setting.
    """
    fields = {field.name: field for field in fields_of(GenerateSettings)}
    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise UnknownNameError(
                f"Setting '{name}' of generate",
                expected=f"one of {', '.join(fields)}",
                do=registry.closest(name, fields),
            )
        plain = value.item() if isinstance(value, np.generic) else value
        try:
            typed[name] = typed_value(fields[name].type, plain, name)
        except FormatError as error:
            raise ConventionError(name, expected=error.expected, got=error.got) from error
    return GenerateSettings(**typed)


def check_settings(settings: GenerateSettings) -> None:
    """Refuses values that are out of range, before anything is read.

    Raises:
        ConventionError: A value is out of range; it is named by its option.
        UnknownNameError: There is no such generator.
        MissingExtraError: A package of the extra ``assets`` is not installed.
    """
    known = [*available("generate/*"), *available("sceneflow/*")]
    if settings.model not in known:
        raise UnknownNameError(
            f"Generator '{settings.model}'",
            expected=f"one of {', '.join(known)}",
            do=registry.closest(settings.model, known),
        )
    try:
        asset_settings(settings)
        GeneratorConfig(
            steps=settings.steps, guidance=settings.guidance, order=settings.order,
            max_objects=settings.max_objects,
        )  # fmt: skip
        _check_candidates(settings)
        if not 0 <= settings.seed <= _LARGEST_SEED:
            raise ConventionError("seed", expected=f"0 to {_LARGEST_SEED}", got=str(settings.seed))
        if not (settings.depth_scale > 0 and np.isfinite(settings.depth_scale)):
            raise ConventionError(
                "depth_scale", expected="above 0", got=f"{settings.depth_scale:g}"
            )
    except ConventionError as error:
        name = _FIELDS.get(error.what, error.what)
        raise ConventionError(
            f"--{name.replace('_', '-')} ({name})",
            expected=error.expected, got=error.got, do=error.do,
        ) from error  # fmt: skip


def _check_candidates(settings: GenerateSettings) -> None:
    if not 1 <= settings.candidates <= _MOST_CANDIDATES:
        raise ConventionError(
            "candidates", expected=f"1 to {_MOST_CANDIDATES}", got=str(settings.candidates)
        )
    if settings.candidates > 1 and settings.model == _TINY and settings.steps is None:
        raise ConventionError(
            "candidates", expected=f"1 with {_TINY} and no --steps",
            got=str(settings.candidates),
            do="Add --steps 12: only its flow is random.",
        )  # fmt: skip


def asset_settings(settings: GenerateSettings) -> AssetSettings:
    """The settings of assets.

    Raises:
        ConventionError: One is out of range.
        MissingExtraError: A package of the extra ``assets`` is not installed.
    """
    for package in ("fast_simplification", "xatlas"):
        require(package, extra="assets")
    return AssetSettings(
        keep_share=settings.keep_faces,
        coloring=cast(Coloring, settings.coloring),
        texture_size=settings.texture_size,
    )


def settings_without_effect(settings: GenerateSettings, source: SceneInput) -> tuple[str, ...]:
    """One line for each setting that differs from its default and changes nothing.

    Args:
        settings: How a scene is generated.
        source: What it is generated from.
    """
    default = GenerateSettings()
    backend = bool(settings.boxes) or source.source in available("masks/*")
    lines = []
    for name, models in _USED_BY.items():
        known = settings.model in (_ISCENE, _SCENEGEN, _TRELLIS, _TINY)
        if (
            known
            and settings.model not in models
            and getattr(settings, name) != getattr(default, name)
        ):
            lines.append((name, f"{settings.model} does not use it"))
    if not settings.boxes and settings.segmenter != default.segmenter:
        lines.append(("segmenter", "it finds the objects in --boxes, of which there are none"))
    if not backend and settings.segmenter_weights is not None:
        lines.append(("segmenter_weights", "the masks are from no backend"))
    if settings.coloring == "vertices" and settings.texture_size != default.texture_size:
        lines.append(("texture_size", "the meshes have no textures (--coloring vertices)"))
    if settings.depth_scale != default.depth_scale and not source.depth_is_scaled:
        why = "there is no depth" if source.depth is None else "depth of floats is in meters"
        lines.append(("depth_scale", why))
    return tuple(f"--{name.replace('_', '-')} has no effect: {why}" for name, why in lines)
