"""The backend ``names/tiny``: names objects by their shape, size, place and color.

A network with two hidden layers on the numbers of `object_features`, trained on the 49 families of
objects of our worlds alone. It runs on numpy, so it is part of the base install.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from scenewright.core import Scene, WeightsError
from scenewright.geometry.transforms import upright_frame
from scenewright.models.cards import CARDS
from scenewright.models.object_clouds import Cloud, object_clouds
from scenewright.models.tiny.object_features import (
    JITTER,
    LEAST_POINTS,
    NUM_FEATURES,
    object_features,
)
from scenewright.models.weights import resolve_weights

OTHER = "other"
"""The word for what is none of the families."""
_NAME = "names/tiny"
_NUM_LAYERS = 3


class TinyNames:
    """Names the objects of a scene from their points.

    Args:
        weights: Reference of the weights, see `models.weights`.

    Attributes:
        words: The names that it knows; the last one is `OTHER`.

    Raises:
        WeightsError: The weights are missing, damaged or belong to another network.
    """

    def __init__(self, weights: str = "builtin:names-tiny") -> None:
        card = CARDS[_NAME]
        sha256 = card.weights_sha256 if weights == card.weights else None
        found = resolve_weights(weights, backend=_NAME, sha256=sha256)
        self._source = weights
        self._arrays, self.words = _read(found.path)

    def chances(self, scene: Scene) -> dict[int, NDArray[np.float64]]:
        """How likely each word names each object, by id; see `ObjectNamer`."""
        return {number: self._named(hidden) for number, hidden in self._hidden(scene).items()}

    @property
    def source(self) -> str:
        """The backend and its weights."""
        return f"{_NAME} {self._source}"

    @property
    def dim(self) -> int:
        """Length A of the vectors of shapes."""
        return len(self._arrays[f"{_NUM_LAYERS - 2}.bias"])

    def vectors(self, scene: Scene) -> dict[int, NDArray[np.float32]]:
        """(A,) vector of each object by id, from which the network chooses a name.

        Objects that are alike in shape, size, place and color have vectors that are alike; those of
        which too little is known are left out.
        """
        return self._hidden(scene)

    def _hidden(self, scene: Scene) -> dict[int, NDArray[np.float32]]:
        frame = upright_frame(np.array([0.0, 0.0, 1.0]) if scene.up is None else scene.up)
        clouds = object_clouds(scene, frame)
        floor = _floor(scene, clouds)
        found = {}
        for number in scene.instances.id[~scene.instances.is_stuff].tolist():
            points, colors = clouds.get(number, (np.zeros((0, 3)), None))
            if len(points) >= LEAST_POINTS:
                noise = np.random.default_rng(number).normal(0, JITTER, points.shape)
                features = object_features(points + noise, colors, floor=floor)
                found[number] = self._described(features)
        return found

    def _described(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(A,) values of the last hidden layer."""
        arrays = self._arrays
        values = (features - arrays["mean"]) / arrays["spread"]
        for layer in range(_NUM_LAYERS - 1):
            values = arrays[f"{layer}.weight"] @ values + arrays[f"{layer}.bias"]
            values = np.maximum(values, 0)
        return np.asarray(values, np.float32)

    def _named(self, hidden: NDArray[np.float32]) -> NDArray[np.float64]:
        arrays, last = self._arrays, _NUM_LAYERS - 1
        values = arrays[f"{last}.weight"] @ hidden + arrays[f"{last}.bias"]
        logits = values.astype(np.float64) / float(arrays["temperature"][0])
        chances: NDArray[np.float64] = np.exp(logits - logits.max())
        chances /= chances.sum()
        return chances


def _read(path: Path) -> tuple[dict[str, NDArray[np.float32]], tuple[str, ...]]:
    try:
        with safe_open(path, framework="numpy") as file:
            words = tuple((file.metadata() or {}).get("labels", "").split("\n"))
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"{path}", expected="weights of names/tiny", got=str(error)[:80]
        ) from error
    needed = {"mean", "spread", "temperature"}
    needed |= {f"{i}.{part}" for i in range(_NUM_LAYERS) for part in ("weight", "bias")}
    is_right = set(arrays) == needed and words[-1] == OTHER
    if is_right:
        shapes = [arrays[f"{i}.weight"].shape for i in range(_NUM_LAYERS)]
        is_right = shapes[0][1] == NUM_FEATURES == len(arrays["mean"]) and shapes[-1][0] == len(
            words
        )
    if not is_right:
        raise WeightsError(f"{path}", expected="weights of names/tiny", got="other arrays")
    return arrays, words


def _floor(
    scene: Scene,
    clouds: dict[int, Cloud],
) -> float:
    """Height of the floor: of the instance with this role, else of the lowest point."""
    floors = scene.instances.id[scene.instances.role == "floor"].tolist()
    levels = [float(np.median(clouds[i][0][:, 2])) for i in floors if i in clouds]
    if levels:
        return max(levels)
    known = [points[:, 2] for points, _ in clouds.values() if len(points)]
    return min((float(np.quantile(heights, 0.01)) for heights in known), default=0.0)
