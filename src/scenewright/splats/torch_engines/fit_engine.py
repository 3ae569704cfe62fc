"""The engine of a fit that holds surfels as tensors, with any rasterizer of torch.

With `GsplatRasterizer` it fits on CUDA. That combination has not been run on a GPU yet; this engine
is tested with the slow reference on the CPU, against `NumbaEngine`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from scenewright.core import Camera, ConventionError
from scenewright.splats.fitting.adam import Rates
from scenewright.splats.fitting.densify import Statistics
from scenewright.splats.fitting.engine import EngineSettings, EngineState, require_finite
from scenewright.splats.fitting.losses import LossValues, LossWeights
from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import DrawSettings, Images
from scenewright.splats.torch_engines.adam import MomentTensors, RawTensors, step_adam_tensors
from scenewright.splats.torch_engines.reference_losses import total_reference
from scenewright.splats.torch_engines.tensors import ImageTensors, SurfelTensors, TargetTensors

TARGET_BYTES = 4 << 30
"""Default limit of the device memory for target images."""


class TorchDrawing(Protocol):
    """Drawn images that `torch.autograd` can differentiate."""

    @property
    def images(self) -> ImageTensors:
        """Images with shapes and frames as in `Images`."""
        ...

    @property
    def visible(self) -> Tensor:
        """(N,) bool, whether a surfel is in the image."""
        ...

    def screen(self) -> Tensor:
        """(N,) the statistic `SurfelGradients.screen`; called after ``backward``."""
        ...


class DrawTensors(Protocol):
    """A rasterizer, such as `trace_reference` or `GsplatRasterizer.draw`."""

    def __call__(
        self,
        surfels: SurfelTensors,
        camera: Camera,
        *,
        world_from_cam: NDArray[np.float64],
        settings: DrawSettings,
    ) -> TorchDrawing:
        """`rasterizer.rasterize`, arguments as there."""
        ...


class _Held(NamedTuple):
    """The fields of `EngineState` on a device."""

    surfels: RawTensors
    moments: MomentTensors
    pull: Tensor
    seen: Tensor


class TorchEngine:
    """`FitEngine` on a device of torch, in float32.

    Target images stay on the device after their first use, up to `target_bytes`; others are copied
    again each time.

    Args:
        state: Initial state; copied.
        settings: Settings of drawing and updating.
        draw: Rasterizer on the device.
        device: Such as ``"cuda:1"``.
        target_bytes: Limit of the device memory for target images.
    """

    def __init__(
        self,
        state: EngineState,
        settings: EngineSettings,
        *,
        draw: DrawTensors,
        device: torch.device | str = "cuda",
        target_bytes: int = TARGET_BYTES,
    ) -> None:
        self._settings = settings
        self._draw_tensors = draw
        self._device = torch.device(device)
        self._target_bytes = target_bytes
        self._targets: WeakKeyDictionary[Target, TargetTensors] = WeakKeyDictionary()
        self.restore(state)

    @property
    def num_surfels(self) -> int:
        """Number of surfels."""
        return len(self._held.surfels.means)

    def learn(
        self, target: Target, weights: LossWeights, *, sh_degree: int, rates: Rates
    ) -> tuple[LossValues, float]:
        """One step of Adam on one view; see `FitEngine`."""
        held = self._held
        if target.alpha is not None:
            raise ConventionError(
                "Images with alpha or masks on this engine",
                expected="a background color, or a random one",
                got="none",
                do="Use --background random, or --engine numba.",
            )
        leaves = held.surfels.to_leaves()
        settings = self._settings.drawing(sh_degree, target.background)
        drawing = self._draw_surfels(leaves, target.camera, target.world_from_cam, settings)
        goal = self._target_tensors(target)
        color = drawing.images.color
        terms = total_reference(drawing.images, goal, target.camera, weights=weights)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        gradients = leaves.gradients()
        error = (color.detach().clamp(0, 1) - goal.color).square().mean(dtype=torch.float64)
        values = _fetch_finite(color, gradients, [*terms.values(), error])
        visible, screen = drawing.visible, drawing.screen()
        chosen = visible if self._settings.visible_only else torch.ones_like(visible)
        chosen = chosen.clone()
        chosen[: self._settings.num_held] = False
        step_adam_tensors(held.surfels, held.moments, gradients, rates=rates, chosen=chosen)
        held.pull.add_(torch.where(visible, screen, torch.zeros_like(screen)))
        held.seen.add_(visible)
        return LossValues(**dict(zip(terms, values, strict=False))), values[-1]

    def draw(self, camera: Camera, *, world_from_cam: NDArray[np.float64]) -> Images:
        """Draws one view with all harmonics."""
        with torch.no_grad():
            settings = self._settings.drawing(None)
            drawing = self._draw_surfels(self._held.surfels, camera, world_from_cam, settings)
            return drawing.images.numpy()

    def state(self) -> EngineState:
        """The current state, copied to the host."""
        held = self._held
        statistics = Statistics(held.pull.cpu().numpy(), held.seen.cpu().numpy())
        return EngineState(held.surfels.to_raw(), held.moments.to_moments(), statistics)

    def restore(self, state: EngineState) -> None:
        """Replaces the current state."""
        device = self._device
        self._held = _Held(
            RawTensors.of(state.surfels, device=device),
            MomentTensors.of(state.moments, device=device),
            torch.tensor(state.statistics.pull, device=device),
            torch.tensor(state.statistics.seen, device=device),
        )

    def _draw_surfels(
        self,
        surfels: RawTensors,
        camera: Camera,
        world_from_cam: NDArray[np.float64],
        settings: DrawSettings,
    ) -> TorchDrawing:
        return self._draw_tensors(
            surfels.activated(),
            camera,
            world_from_cam=world_from_cam,
            settings=settings,
        )

    def _target_tensors(self, target: Target) -> TargetTensors:
        """The tensors of a target, from the device if they are there already."""
        found = self._targets.get(target)
        if found is None:
            found = TargetTensors.of(target, device=self._device)
            # All views are used in turn, so evicting one for another gains nothing.
            held = sum(other.num_bytes for other in self._targets.values())
            if held + found.num_bytes <= self._target_bytes:
                self._targets[target] = found
        return found


def _fetch_finite(color: Tensor, gradients: RawTensors, scalars: Sequence[Tensor]) -> list[float]:
    """Scalars and the check of a step, copied to the host in one synchronization.

    Args:
        color: (H, W, 3) drawn colors.
        gradients: Gradients of the free parameters, which are finite if those of activated values
            are.
        scalars: Values to return.

    Raises:
        ConventionError: The image or a gradient is not finite, with the message of `NumbaEngine`.
    """
    arrays = {
        "the image": color.detach(),
        "means": gradients.means,
        "quats": gradients.quats,
        "scales": gradients.log_scales,
        "opacities": gradients.logits,
        "sh": gradients.sh,
    }
    sums = [array.sum(dtype=torch.float64) for array in arrays.values()]
    numbers: list[float] = torch.stack(
        [*sums, *(scalar.detach().double() for scalar in scalars)]
    ).tolist()
    if not all(math.isfinite(number) for number in numbers[: len(sums)]):
        require_finite({name: array.cpu().numpy() for name, array in arrays.items()})
    return numbers[len(sums) :]
