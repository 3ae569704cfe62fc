"""Fitting engines, which render surfels and update them on a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.splats.fitting.adam import Moments, Rates, step_adam
from scenewright.splats.fitting.densify import Round, Statistics, lower_opacities
from scenewright.splats.fitting.losses import LossValues, LossWeights, total_loss
from scenewright.splats.fitting.parameters import RawSurfels
from scenewright.splats.fitting.quality import squared_error
from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer import rasterize
from scenewright.splats.rasterizer.arrays import DrawSettings, Floats, Images

_LEARNED = ("means", "quats", "scales", "opacities", "sh")


@dataclass(frozen=True, eq=False)
class EngineState:
    """State of an engine between steps, on the host.

    Attributes:
        surfels: Free parameters.
        moments: State of Adam.
        statistics: Since the last round of densification.
    """

    surfels: RawSurfels
    moments: Moments
    statistics: Statistics

    @classmethod
    def start(cls, surfels: RawSurfels) -> EngineState:
        """The state of surfels before the first step."""
        moments = Moments.zeros(len(surfels), num_harmonics=surfels.sh.shape[1])
        return cls(surfels, moments, Statistics.zeros(len(surfels)))

    def after_round(self, done: Round) -> EngineState:
        """The state after a round of densification; new surfels start without moments."""
        fresh = Moments.zeros(
            len(done.surfels) - len(done.stayed), num_harmonics=done.surfels.sh.shape[1]
        )
        moments = self.moments[done.stayed].joined(fresh)
        return EngineState(done.surfels, moments, Statistics.zeros(len(done.surfels)))

    def after_reset(self, limit: float) -> EngineState:
        """The state with opacities reduced to a limit, and their moments cleared."""
        zeros = np.zeros_like(self.surfels.logits)
        moments = Moments(
            self.moments.first.with_arrays(logits=zeros),
            self.moments.second.with_arrays(logits=zeros.copy()),
            self.moments.count,
        )
        return EngineState(lower_opacities(self.surfels, limit), moments, self.statistics)


@dataclass(frozen=True)
class EngineSettings:
    """Settings that do not change during a fit.

    Attributes:
        near: Near distance, in units of the world.
        far: Far distance of the distortion.
        background: Background color, 0 to 1.
        visible_only: See `FitConfig.visible_only`.
        num_held: The first surfels, so many, keep their values.
    """

    near: float
    far: float
    background: tuple[float, float, float]
    visible_only: bool
    num_held: int = 0

    def drawing(
        self, sh_degree: int | None, background: tuple[float, float, float] | None = None
    ) -> DrawSettings:
        """The settings of the rasterizer.

        Args:
            sh_degree: Degree of the harmonics; None uses all.
            background: Color instead of that of the settings, 0 to 1.
        """
        return DrawSettings(self.near, self.far, sh_degree, background or self.background)


class FitEngine(Protocol):
    """Holds surfels and moments on its device, and updates them."""

    @property
    def num_surfels(self) -> int:
        """Number of surfels."""
        ...

    def learn(
        self, target: Target, weights: LossWeights, *, sh_degree: int, rates: Rates
    ) -> tuple[LossValues, float]:
        """Draws one view, compares it with its target, and takes one step of Adam.

        Returns:
            The terms of the loss, and the mean squared difference of colors.

        Raises:
            ConventionError: A gradient is not finite; nothing was changed.
        """
        ...

    def draw(self, camera: Camera, *, world_from_cam: NDArray[np.float64]) -> Images:
        """Draws one view with all harmonics."""
        ...

    def state(self) -> EngineState:
        """The current state; its arrays may be shared with the engine."""
        ...

    def restore(self, state: EngineState) -> None:
        """Replaces the current state."""
        ...


class NumbaEngine:
    """`FitEngine` on the CPU.

    Args:
        state: To start from; its arrays are changed in place.
        settings: Settings of drawing and updating.
    """

    def __init__(self, state: EngineState, settings: EngineSettings) -> None:
        self._state = state
        self._settings = settings

    @property
    def num_surfels(self) -> int:
        """Number of surfels."""
        return len(self._state.surfels)

    def learn(
        self, target: Target, weights: LossWeights, *, sh_degree: int, rates: Rates
    ) -> tuple[LossValues, float]:
        """One step of Adam on one view; see `FitEngine`."""
        surfels, settings = self._state.surfels, self._settings
        drawing = rasterize(
            surfels.activated(),
            target.camera,
            world_from_cam=target.world_from_cam,
            settings=settings.drawing(sh_degree, target.background),
        )
        require_finite({"the image": drawing.images.color})
        shares = target.weights
        values, upstream = total_loss(drawing.images, target, weights, pixel_weights=shares)
        gradients = drawing.backward(upstream)
        require_finite({name: getattr(gradients, name) for name in _LEARNED})
        is_all = not settings.visible_only
        chosen = np.ones(len(surfels), np.bool_) if is_all else gradients.visible.copy()
        chosen[: settings.num_held] = False
        step_adam(surfels, self._state.moments, gradients, rates=rates, chosen=chosen)
        self._state.statistics.add(gradients)
        return values, squared_error(drawing.images.color, target.color, weights=shares)

    def draw(self, camera: Camera, *, world_from_cam: NDArray[np.float64]) -> Images:
        """Draws one view with all harmonics."""
        return rasterize(
            self._state.surfels.activated(),
            camera,
            world_from_cam=world_from_cam,
            settings=self._settings.drawing(None),
        ).images

    def state(self) -> EngineState:
        """The current state, not copied."""
        return self._state

    def restore(self, state: EngineState) -> None:
        """Replaces the current state."""
        self._state = state


MakeEngine = Callable[[EngineState, EngineSettings], FitEngine]
"""Builds an engine, such as `NumbaEngine`."""


def require_finite(arrays: Mapping[str, Floats]) -> None:
    """Checks that values are finite.

    Args:
        arrays: By their names in the message.

    Raises:
        ConventionError: One is not finite.
    """
    for name, array in arrays.items():
        # Sums of small finite numbers are finite, and need one pass without a copy.
        if not np.isfinite(array.sum(dtype=np.float64)):
            raise ConventionError(
                f"The fit diverged at {name}",
                expected="finite numbers",
                got=f"{int((~np.isfinite(array)).sum())} of {array.size} that are not",
                do="Resume from the last checkpoint with smaller steps (FitConfig.rates).",
            )
