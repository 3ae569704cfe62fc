"""``complete/tiny``: whole shapes of scans by a small network."""

from __future__ import annotations

from scenewright.models.cards import CARDS
from scenewright.models.completers.cubes import CubeCompleter
from scenewright.models.generators.tiny.shape_network import read_shape_network, shape_probabilities
from scenewright.models.partial_shapes import PartialShape, ShapeGuess
from scenewright.models.weights import resolve_weights

_NAME = "complete/tiny"


class TinyCompleter:
    """Completes partly seen objects by a small network that was taught on synthetic worlds.

    Args:
        weights: Reference of the weights; None takes those of the wheel.
        device: Torch device.

    Raises:
        WeightsError: Weights are missing, damaged, or those of another model.
    """

    def __init__(self, *, weights: str | None = None, device: str = "cpu") -> None:
        card = CARDS[_NAME]
        local = resolve_weights(
            weights or str(card.weights), backend=_NAME, license_name=card.weights_license,
            sha256=card.weights_sha256 if weights is None else None,
        )  # fmt: skip
        network = read_shape_network(local.path).to(device)
        self._cubes = CubeCompleter(
            lambda occupied, free: shape_probabilities(network, occupied, free), name=_NAME
        )

    def complete(
        self, shape: PartialShape, *, num_seeds: int = 1, seed: int = 0
    ) -> tuple[ShapeGuess, ...]:
        """See `ShapeCompleter`; further seeds shift the cube.

        Raises:
            ConventionError: `num_seeds` is below 1.
        """
        return self._cubes.complete(shape, num_seeds=num_seeds, seed=seed)
