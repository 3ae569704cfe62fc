"""How the settings apply to each form of data."""

from __future__ import annotations

from dataclasses import replace

from scenewright.core import UnknownNameError
from scenewright.data.generation.folders import CUTOUT_SIZE, check_split
from scenewright.pipelines.make_data.settings import DataSettings
from scenewright.worlds import TRAJECTORIES
from scenewright.worlds.generation import GenerationRecipe
from scenewright.worlds.kinds import KINDS, check_kind
from scenewright.worlds.rendering import DepthCamera, make_sensor
from scenewright.worlds.writing import ShardRecipe, check_layout
from scenewright.worlds.writing.samples import check_count, check_size

MARKERS = {"worlds": "world.json", "captures": "capture.json", "shards": "", "generation": ""}
DATA_FORMS = tuple(MARKERS)
"""Forms of data that `make_data_run` makes."""
_TRAJECTORY_OF_KIND = {"rooms": "sweep", "random": "orbit", "tabletop": "orbit"}
_CAPTURES_ALONE = ("layout", "num_frames", "trajectory")
# Both splits may be in one folder, and latents and features may be added later.
_GENERATION_ALONE = ("split", "structure_weights", "vggt_weights")
UNUSED = {
    "worlds": (
        *_CAPTURES_ALONE, *_GENERATION_ALONE, "jpeg_quality", "views", "worlds_per_shard", "sensor",
        "normals",
    ),
    "captures": (*_GENERATION_ALONE, "views", "worlds_per_shard"),
    "shards": (*_CAPTURES_ALONE, *_GENERATION_ALONE, "jpeg_quality", "num_objects"),
    "generation": (
        *_CAPTURES_ALONE, *_GENERATION_ALONE, "worlds_per_shard", "sensor", "normals",
    ),
}  # fmt: skip
"""Settings that have no effect on what a folder already holds, by form."""


def check_data_settings(settings: DataSettings) -> None:
    """Refuses settings that are out of range.

    Raises:
        UnknownNameError: There is no such kind, layout, trajectory or sensor.
        ConventionError: A number is out of range.
    """
    check_layout(settings.layout)
    check_split(settings.split)
    chosen_sensor(settings)
    if settings.kind is not None:
        check_kind(settings.kind)
    if settings.trajectory is not None and settings.trajectory not in TRAJECTORIES:
        raise UnknownNameError(
            f"There is no trajectory '{settings.trajectory}'",
            expected=f"one of {', '.join(TRAJECTORIES)}",
        )
    if settings.size is not None:
        check_size(*settings.size)
    check_count("num_frames", settings.num_frames, most=100_000)
    check_count("views", settings.views, most=1000)
    check_count("worlds_per_shard", settings.worlds_per_shard, most=100_000)
    if settings.jpeg_quality is not None:
        check_count("jpeg_quality", settings.jpeg_quality, most=100)


def settings_for_form(settings: DataSettings, form: str) -> DataSettings:
    """The settings with the defaults of the form filled in."""
    if form == "shards":
        return replace(settings, size=settings.size or (320, 240))
    kind = settings.kind or KINDS[0]
    size = (CUTOUT_SIZE, CUTOUT_SIZE) if form == "generation" else (640, 480)
    return replace(
        settings,
        kind=kind,
        size=settings.size or size,
        trajectory=settings.trajectory or _TRAJECTORY_OF_KIND[kind],
    )


def chosen_sensor(settings: DataSettings) -> DepthCamera | None:
    """The depth sensor of the settings; None = exact depth.

    Raises:
        UnknownNameError: There is no such sensor.
    """
    return make_sensor(settings.sensor or "exact")


def shard_recipe(settings: DataSettings) -> ShardRecipe:
    """The recipe of shards; without a kind, a mixture of all kinds."""
    width, height = settings.size or (320, 240)
    return ShardRecipe(
        shares=ShardRecipe().shares if settings.kind is None else {settings.kind: 1.0},
        views_per_world=settings.views,
        width=width,
        height=height,
        sensor=chosen_sensor(settings),
        normals=settings.normals,
    )


def generation_recipe(settings: DataSettings) -> GenerationRecipe:
    """The recipe of the scenes of a world."""
    width, height = settings.size or (CUTOUT_SIZE, CUTOUT_SIZE)
    return GenerationRecipe(
        views=settings.views,
        width=width,
        height=height,
        split=settings.split,
        jpeg_quality=settings.jpeg_quality or GenerationRecipe().jpeg_quality,
    )
