"""The rooms, cameras and masks that learned merging is trained on; a seed decides everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from scenewright.core import ConventionError, Frame, MaskSet
from scenewright.fusion import OnlineSegmenter, VoteConfig, fusion_preset
from scenewright.models import MaskProposer, create
from scenewright.training.tasks.merging.examples import Example, make_example
from scenewright.worlds import DepthSensor, PoseNoise, SyntheticCapture, film_world, make_world
from scenewright.worlds.composing.detailing import detailed
from scenewright.worlds.composing.restyling import restyled
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.film import FOV_DEG
from scenewright.worlds.rendering import (
    DepthCamera,
    other_sensor,
    random_color_offset,
    random_lighting,
)
from scenewright.worlds.rendering.mask_faults import MaskFaults

_FLAT = (2, 14)
"""Rugs, pictures and mirrors in a room: flat on a larger plane, they are easily lost."""
_ROOMS = (
    (0.40, RoomConfig(num_objects=(12, 22), size=(4.0, 5.5), flat_objects=_FLAT)),
    (0.35, RoomConfig(flat_objects=_FLAT)),
    (0.25, RoomConfig(num_objects=(20, 60), size=(5.0, 11.0), flat_objects=_FLAT)),
)
_SMALLER_KINDS = ("tabletop", "random")
_SMALLER = 0.15
"""Share of films of a cluttered table, or of objects thrown together, instead of a room."""
_TRAJECTORIES = ("sweep", "sweep", "walk", "orbit")
_NOISY, _DRIFTING = 0.65, 0.25
"""Share of films with sensor noise and with errors of the poses."""
_OTHER_KIND = 0.45
"""Share of the noisy films whose sensor is a stereo, time-of-flight or LiDAR camera."""
_OTHER_SENSOR = 0.4
"""Share of the other noisy films whose sensor is not the usual one, but better or worse."""
_UNREGISTERED, _RELIT = 0.2, 0.3
"""Share of films with a color camera beside the depth camera, and in hard light."""
_OTHER_FOV, _FOVS = 0.3, (50.0, 90.0)
"""Share of films with another field of view, and its range, degrees."""
_RESTYLED = 0.6
"""Share of rooms with another look: few shared colors, wallpaper, print, curtains."""
_DETAILED = 0.6
"""Share of rooms with details: casings, panes, panels, mouldings, folds, hanging lamps."""
_CLUTTER = (0.3, 0.8)
"""Range of `RoomConfig.clutter`."""
_OTHER_MASKS = {"masks/depth-edges": 0.15, "masks/tiny-rgbd": 0.1, "true": 0.25, "damaged": 0.4}
"""Share of films that are fused with other masks than those of masks/parts, too."""
_WIDTH, _HEIGHT = 320, 240
_FAR, _FAR_NOISY = 12.0, 8.0
"""Depth up to which readings are used, without and with sensor noise, meters."""

Propose = Callable[[int, Frame], MaskSet | None]


def film(seed: int) -> SyntheticCapture | None:
    """The film of a seed; None for the few rooms without free space for the camera."""
    rng = np.random.default_rng(seed)
    room = _ROOMS[int(np.searchsorted(np.cumsum([share for share, _ in _ROOMS]), rng.random()))][1]
    trajectory = str(rng.choice(_TRAJECTORIES))
    sensor = _sensor(seed) if rng.random() < _NOISY else None
    noise = PoseNoise() if rng.random() < _DRIFTING else None
    kind = np.random.default_rng([seed, 2])
    is_smaller = kind.random() < _SMALLER
    try:
        world = (
            make_world(str(kind.choice(_SMALLER_KINDS)), seed)
            if is_smaller
            else make_room_world(seed, replace(room, clutter=float(kind.uniform(*_CLUTTER))))
        )
        world = restyled(world, seed=seed) if kind.random() < _RESTYLED else world
        world = detailed(world, seed=seed) if kind.random() < _DETAILED else world
        light, offset = _chosen(seed, 5, _RELIT), _chosen(seed, 6, _UNREGISTERED)
        fov = _chosen(seed, 10, _OTHER_FOV)
        return film_world(
            world,
            trajectory="orbit" if is_smaller else trajectory,
            num_frames=int(rng.integers(35, 70)),
            width=_WIDTH,
            height=_HEIGHT,
            fov_deg=FOV_DEG if fov is None else float(fov.uniform(*_FOVS)),
            sensor=sensor,
            pose_noise=noise,
            color_offset=None if offset is None else random_color_offset(offset),
            lighting=None if light is None else random_lighting(world, rng=light),
            seed=seed,
        )
    except ConventionError:
        return None


def _chosen(seed: int, stream: int, share: float) -> np.random.Generator | None:
    """The random stream of an option, for the share of films that have it; else None."""
    rng = np.random.default_rng([seed, stream])
    return rng if rng.random() < share else None


def _sensor(seed: int) -> DepthCamera:
    other = _chosen(seed, 4, _OTHER_KIND)
    if other is not None:
        return other_sensor(other)
    rng = np.random.default_rng([seed, 3])
    if rng.random() >= _OTHER_SENSOR:
        return DepthSensor()
    return DepthSensor(
        noise=float(np.exp(rng.uniform(np.log(4e-4), np.log(3e-3)))),
        grain=float(rng.uniform(0.5, 4.0)),
        disparity_step=float(rng.uniform(0.0, 0.005)),
        bleeding=float(rng.uniform(0.0, 1.2)),
        shadow=float(rng.uniform(0.0, 0.9)),
        grazing=float(rng.uniform(0.0, 0.2)),
        dark_loss=float(rng.uniform(0.0, 0.8)),
        dropout=float(rng.uniform(0.0, 0.02)),
    )


def make_examples(seed: int) -> dict[str, Example]:
    """Films a room and fuses the film with one or more kinds of masks; examples by their names."""
    capture = film(seed)
    if capture is None:
        return {}
    rng = np.random.default_rng([seed, 1])
    sources = {"masks/parts": _backend("masks/parts", every=int(rng.integers(1, 4)))}
    for name, share in _OTHER_MASKS.items():
        if rng.random() < share:
            sources[name] = _source(capture, name, rng)
    look = Look(rng)
    far = _FAR if capture.sensor is None else _FAR_NOISY
    # Without trees, which may be those of other features.
    config = replace(fusion_preset("default", max_depth=far), method=VoteConfig(merging=""))
    segmenters = {name: OnlineSegmenter(config, up=capture.up) for name in sources}
    for index in range(len(capture)):
        frame = look.seen(capture[index])
        for name, segmenter in segmenters.items():
            segmenter.update(frame, sources[name](index, frame))
    truth = capture.truth_points()
    examples = {}
    for name, segmenter in segmenters.items():
        segmenter.finish()
        examples[name] = make_example(segmenter, truth)
    return examples


class Look:
    """How one camera shows colors: saturation, gain and gamma of a film, exposure of each frame.

    Colors of real rooms are less pure than those of the worlds, may be overexposed, noisy and
    blurred, and change with the exposure; merging must not trust them more than that.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._saturation = float(rng.uniform(0.25, 1.1))
        self._gain = float(np.exp(rng.uniform(np.log(0.7), np.log(2.0))))
        self._gamma = float(rng.uniform(0.75, 1.35))
        self._exposure = float(rng.choice([0.0, 0.04, 0.12]))
        self._noise = float(rng.choice([0.0, 0.01, 0.03]))
        self._blur = float(rng.choice([0.0, 0.0, 0.6, 1.0]))

    def seen(self, frame: Frame) -> Frame:
        """The frame with the colors that this camera shows."""
        if frame.image is None:
            return frame
        levels = (np.arange(256) / 255) ** self._gamma * self._gain
        levels *= 1 + self._exposure * self._rng.normal()
        image = levels.astype(np.float32)[frame.image]
        gray = image.mean(axis=2, keepdims=True)
        image = gray + self._saturation * (image - gray)
        if self._blur:
            image = gaussian_filter(image, (self._blur, self._blur, 0))
        image += self._noise * self._rng.standard_normal(image.shape, np.float32)
        return replace(frame, image=np.clip(255 * image + 0.5, 0, 255).astype(np.uint8))


def _backend(name: str, **options: int) -> Propose:
    backend: MaskProposer = create(name, **options)
    return lambda _, frame: backend.propose(frame)


def _source(capture: SyntheticCapture, name: str, rng: np.random.Generator) -> Propose:
    if name == "true":
        return lambda index, _: capture.masks(index)
    if name == "damaged":
        worst = MaskFaults(dropped=0.3, split=0.3, merged=0.2, border=4)
        share = rng.random()
        faults = MaskFaults(
            worst.dropped * share, worst.split * share, worst.merged * share, worst.border
        )
        return lambda index, _: MaskSet.from_id_map(faults.apply(capture.id_map(index), rng=rng))
    return _backend(name)
