"""The rooms, cameras and masks that learned merging is trained on; a seed decides everything."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenewright.core import ConventionError, Frame, MaskSet
from scenewright.fusion import OnlineSegmenter, fusion_preset
from scenewright.models import MaskProposer, create
from scenewright.training.tasks.merging.examples import Example, make_example
from scenewright.worlds import DepthSensor, PoseNoise, SyntheticCapture, film_world
from scenewright.worlds.composing.rooms import RoomConfig, make_room_world
from scenewright.worlds.rendering.mask_faults import MaskFaults

_ROOMS = (
    (0.40, RoomConfig(num_objects=(12, 22), size=(4.0, 5.5))),
    (0.35, RoomConfig()),
    (0.25, RoomConfig(num_objects=(20, 60), size=(5.0, 11.0))),
)
_TRAJECTORIES = ("sweep", "sweep", "walk", "orbit")
_NOISY, _DRIFTING = 0.65, 0.25
"""Share of films with sensor noise and with errors of the poses."""
_OTHER_MASKS = {"masks/depth-edges": 0.25, "masks/tiny-rgbd": 0.25, "true": 0.25, "damaged": 0.4}
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
    sensor = DepthSensor() if rng.random() < _NOISY else None
    noise = PoseNoise() if rng.random() < _DRIFTING else None
    try:
        return film_world(
            make_room_world(seed, room),
            trajectory=trajectory,
            num_frames=int(rng.integers(35, 70)),
            width=_WIDTH,
            height=_HEIGHT,
            sensor=sensor,
            pose_noise=noise,
            seed=seed,
        )
    except ConventionError:
        return None


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
    config = fusion_preset("default", max_depth=_FAR if capture.sensor is None else _FAR_NOISY)
    segmenters = {name: OnlineSegmenter(config, up=capture.up) for name in sources}
    for index in range(len(capture)):
        frame = capture[index]
        for name, segmenter in segmenters.items():
            segmenter.update(frame, sources[name](index, frame))
    truth = capture.truth_points()
    examples = {}
    for name, segmenter in segmenters.items():
        segmenter.finish()
        examples[name] = make_example(segmenter, truth)
    return examples


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
