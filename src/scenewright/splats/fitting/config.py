"""Settings of a fit of surfels to images, and the three presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from scenewright.core import ConventionError
from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class RateConfig(CheckedConfig):
    """Step sizes of Adam; defaults are the published values of 2D Gaussian splatting."""

    position: float = 1.6e-4
    """Centers, at the start; times the extent of the scene."""
    position_end: float = 1.6e-6
    """Centers, at the end; times the extent. Log-linear in between."""
    color: float = 2.5e-3
    """Constant harmonic."""
    harmonics: float = 1.25e-4
    """Other harmonics."""
    opacity: float = 0.05
    """Logits of opacities."""
    scale: float = 5e-3
    """Logarithms of scales."""
    rotation: float = 1e-3
    """Quaternions."""


@dataclass(frozen=True)
class LossConfig(CheckedConfig):
    """Weights of the terms of the loss, and the share of the run from which each term is used."""

    ssim: float = 0.2
    """Share of 1 - SSIM in the photometric term; the rest is the mean absolute difference."""
    distortion: float = 0.0
    """Mean distortion of rays."""
    distortion_from: float = 0.1
    normals: float = 0.05
    """Disagreement of rendered normals with the normals of the rendered depth."""
    normals_from: float = 7 / 30
    depth: float = 0.0
    """Relative difference between rendered and measured depth."""
    depth_from: float = 0.0
    prior: float = 0.0
    """Disagreement of rendered normals with given ones, where there are any."""
    prior_from: float = 7 / 30
    depth_ratio: float = 1.0
    """Depth of the surface: 0 = mean along the ray, 1 = median."""


@dataclass(frozen=True)
class DensifyConfig(CheckedConfig):
    """When surfels are added and removed."""

    start: float = 1 / 60
    """Share of the run before the first round of densification."""
    stop: float = 0.5
    """Share of the run after which no surfels are added."""
    interval: int = 100
    """Steps between rounds."""
    gradient: float = 2e-4
    """A surfel is cloned or split if the mean length of the gradient of its projected center
    (normalized device coordinates) reaches this."""
    keeps_picture: bool = False
    """Rule of densification. False is the published one: small surfels are cloned, large ones
    split into two at random positions within them; that disturbs the image, which a long run
    corrects. True splits each across its longer axis into two that together look much like it."""
    growth: float = 1.0
    """Largest share of the surfels that are cloned or split in one round, those with the largest
    gradient first."""
    split_extent: float = 0.01
    """Times the extent: larger surfels are split, smaller ones cloned."""
    split_shrink: float = 1.6
    """Divisor of the scales of the two halves."""
    min_opacity: float = 0.05
    """Surfels with less opacity are removed."""
    max_extent: float = 0.1
    """Times the extent: larger surfels are removed after the first reset of opacities."""
    reset_interval: int = 3000
    """Steps between resets of all opacities; 0 = never."""
    reset_opacity: float = 0.01
    """Upper limit of opacities after a reset."""
    max_surfels: int = 1_000_000
    """Largest number of surfels."""


BACKGROUNDS = ("random", "color", "none")
"""What may stand where images show nothing of the scene; see `FitConfig.behind`."""


@dataclass(frozen=True)
class FitConfig(CheckedConfig):
    """Settings of `Fitter`.

    Lengths are relative to the extent of the scene, and shares to the number of steps, so that
    settings need not change with the unit of length or for a shorter run.
    """

    num_steps: int = 30_000
    """Optimization steps, one image each."""
    start_surfels: int = 500_000
    """Largest number of surfels to start from."""
    dense_start: bool = False
    """Whether a fit from images alone starts from a plane sweep instead of sparse points: short
    schedules cannot grow surfels from few."""
    sh_degree: int = 3
    """Highest degree of the spherical harmonics, 0 to 3."""
    sh_interval: float = 1 / 30
    """Share of the run after which the degree increases by one, starting at 0."""
    resolutions: tuple[tuple[float, int], ...] = ((0.0, 1),)
    """(share of the run, divisor): from that share on, images are used at 1 / divisor of their
    size."""
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Background color, 0 to 1."""
    behind: Literal["random", "color", "none"] = "random"
    """What stands where alpha or a mask says that an image shows nothing of the scene: another
    random color in each step, which keeps the surfels away; the background color; or none, and
    such pixels do not count."""
    holdout_interval: int = 8
    """Every n-th view, starting with the first, is held out for evaluation; 0 = none."""
    held_out_names: tuple[str, ...] = ()
    """Names of the views that are held out instead."""
    visible_only: bool = True
    """Whether surfels that are not visible in a step keep their values, instead of moving on by
    momentum."""
    rates: RateConfig = field(default_factory=RateConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    densify: DensifyConfig | None = field(default_factory=DensifyConfig)
    """None keeps the number of surfels fixed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_steps < 1:
            raise ConventionError("FitConfig.num_steps", expected="1 or more", got="0")
        if not 0 <= self.sh_degree <= 3:
            raise ConventionError("FitConfig.sh_degree", expected="0 to 3", got=str(self.sh_degree))
        if self.behind not in BACKGROUNDS:
            raise ConventionError(
                "FitConfig.behind",
                expected=f"one of {', '.join(BACKGROUNDS)}",
                got=str(self.behind),
            )
        shares = [share for share, _ in self.resolutions]
        divisors = [divisor for _, divisor in self.resolutions]
        if not shares or shares[0] != 0 or shares != sorted(shares) or min(divisors) < 1:
            raise ConventionError(
                "FitConfig.resolutions",
                expected="increasing shares, starting at 0, each with a divisor of 1 or more",
                got=str(self.resolutions),
            )


_QUICK_RATES = RateConfig(
    position=5e-4, position_end=5e-6, color=1e-2, harmonics=5e-4, scale=1e-2, rotation=3e-3
)
"""For runs of few steps; the published values are for 30,000."""
_QUICK_LOSSES = LossConfig(depth=0.2)
_DEFAULT = FitConfig(
    num_steps=2400,
    start_surfels=200_000,
    dense_start=True,
    sh_degree=2,
    sh_interval=0.2,
    resolutions=((0.0, 2), (0.5, 1)),
    rates=_QUICK_RATES,
    losses=_QUICK_LOSSES,
    densify=DensifyConfig(
        start=0.1, stop=0.6, growth=0.05, keeps_picture=True, reset_interval=0,
        max_surfels=300_000,
    ),
)  # fmt: skip
_PRESETS = {
    "preview": replace(
        _DEFAULT,
        num_steps=400,
        start_surfels=60_000,
        sh_degree=1,
        sh_interval=0.5,
        resolutions=((0.0, 4), (0.5, 2)),
        densify=None,
    ),
    "default": _DEFAULT,
    "best": FitConfig(),
}


def available_fit_presets() -> tuple[str, ...]:
    """Names of the presets."""
    return tuple(_PRESETS)


def fit_preset(preset: str | FitConfig, *, num_steps: int | None = None) -> FitConfig:
    """The settings with a name.

    Args:
        preset: ``preview`` (about a minute: small images, few steps), ``default``
            (2,400 large steps from surfels that are already near the surface), or ``best`` (the
            published schedule of 30,000 steps, from any start; hours on a CPU), or settings.
        num_steps: Replaces the number of steps of the preset; the schedule scales with it.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: It is neither a name nor a `FitConfig`.
    """
    config = resolve_preset("Fit", preset, _PRESETS)
    return config if num_steps is None else replace(config, num_steps=num_steps)
