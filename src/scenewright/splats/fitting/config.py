"""Settings of a fit of surfels to pictures, and the three presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scenewright.core import ConventionError
from scenewright.core.presets import CheckedConfig, resolve_preset


@dataclass(frozen=True)
class RateConfig(CheckedConfig):
    """Steps of Adam; the published values of 2D Gaussian splatting."""

    position: float = 1.6e-4
    """Of centres at the start, times the extent of the scene."""
    position_end: float = 1.6e-6
    """Of centres at the end, times the extent; log-linear in between."""
    color: float = 2.5e-3
    """Of the constant harmonic."""
    harmonics: float = 1.25e-4
    """Of the other harmonics."""
    opacity: float = 0.05
    """Of logits."""
    scale: float = 5e-3
    """Of logarithms of lengths."""
    rotation: float = 1e-3
    """Of quaternions."""


@dataclass(frozen=True)
class LossConfig(CheckedConfig):
    """Weights of the terms of the loss, and the share of the run from which each counts."""

    ssim: float = 0.2
    """Share of 1 - SSIM in the difference of pictures; the rest is the mean absolute difference."""
    distortion: float = 0.0
    """Of the mean distortion of rays."""
    distortion_from: float = 0.1
    normals: float = 0.05
    """Of the disagreement of rendered normals with the surface that the rendered depth makes."""
    normals_from: float = 7 / 30
    depth: float = 0.0
    """Of the difference of rendered and measured depth, as a share of it."""
    depth_from: float = 0.0
    prior: float = 0.0
    """Of the disagreement of rendered normals with given ones; where there are any."""
    prior_from: float = 7 / 30
    depth_ratio: float = 1.0
    """Which depth is the surface: 0 = the mean along the ray, 1 = the median."""


@dataclass(frozen=True)
class DensifyConfig(CheckedConfig):
    """When surfels are added and taken away."""

    start: float = 1 / 60
    """Share of the run before the first round."""
    stop: float = 0.5
    """Share of the run after which nothing is added."""
    interval: int = 100
    """Steps between two rounds."""
    gradient: float = 2e-4
    """A surfel multiplies where the mean length of the gradient of its centre in the picture
    (normalized device coordinates) reaches this."""
    keeps_picture: bool = False
    """How surfels multiply. False is the published rule: small ones are doubled where they are, the
    halves of large ones are drawn at random within them; that disturbs the picture, which a long
    run mends. True cuts each across its longer axis into two that together look much like it."""
    growth: float = 1.0
    """At most this share of the surfels multiplies in one round; those with the strongest gradient
    first."""
    split_extent: float = 0.01
    """Times the extent: larger surfels split in two, smaller ones are doubled."""
    split_shrink: float = 1.6
    """By which the scales of the two halves are divided."""
    min_opacity: float = 0.05
    """Fainter surfels are taken away."""
    max_extent: float = 0.1
    """Times the extent: larger surfels are taken away after the first reset of opacities."""
    reset_interval: int = 3000
    """Steps between two resets of all opacities; 0 = never."""
    reset_opacity: float = 0.01
    """Opacities above it fall to it on a reset."""
    max_surfels: int = 1_000_000
    """The number never grows beyond it."""


@dataclass(frozen=True)
class FitConfig(CheckedConfig):
    """Settings of `Fitter`.

    All lengths follow the extent of the scene, and what is given as a share follows the number of
    steps, so that neither the unit of length nor a shorter run needs other settings.
    """

    num_steps: int = 30_000
    """Pictures drawn and learned from."""
    start_surfels: int = 500_000
    """Surfels that a fit should begin with, at most."""
    dense_start: bool = False
    """Whether a fit from pictures alone begins with a plane sweep rather than with sparse points:
    short schedules cannot grow surfels from few."""
    sh_degree: int = 3
    """Highest degree of the spherical harmonics, 0 to 3."""
    sh_interval: float = 1 / 30
    """Share of the run after which the degree rises by one, from 0 on."""
    resolutions: tuple[tuple[float, int], ...] = ((0.0, 1),)
    """(share of the run, divisor): from when on pictures are drawn at a 1 / divisor of their
    size."""
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Color behind everything, 0 to 1."""
    holdout_interval: int = 8
    """Every how many views one is left out to judge the fit by, the first included; 0 = none."""
    visible_only: bool = True
    """Whether Adam leaves surfels alone that a step did not see, instead of letting their momentum
    carry them on."""
    rates: RateConfig = field(default_factory=RateConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    densify: DensifyConfig | None = field(default_factory=DensifyConfig)
    """None keeps the number of surfels."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.num_steps < 1:
            raise ConventionError("FitConfig.num_steps", expected="1 or more", got="0")
        if not 0 <= self.sh_degree <= 3:
            raise ConventionError("FitConfig.sh_degree", expected="0 to 3", got=str(self.sh_degree))
        shares = [share for share, _ in self.resolutions]
        divisors = [divisor for _, divisor in self.resolutions]
        if not shares or shares[0] != 0 or shares != sorted(shares) or min(divisors) < 1:
            raise ConventionError(
                "FitConfig.resolutions",
                expected="rising shares from 0 on, each with a divisor of 1 or more",
                got=str(self.resolutions),
            )


_QUICK_RATES = RateConfig(
    position=5e-4, position_end=5e-6, color=1e-2, harmonics=5e-4, scale=1e-2, rotation=3e-3
)
"""Of runs of few steps: the published ones are made for 30,000."""
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
    """Names that `fit_preset` takes."""
    return tuple(_PRESETS)


def fit_preset(preset: str | FitConfig, *, num_steps: int | None = None) -> FitConfig:
    """The settings with a name.

    Args:
        preset: ``preview`` (a look within about a minute: small pictures, few steps), ``default``
            (2,400 long steps from surfels that are already near the surface), or ``best`` (the
            published schedule of 30,000 steps, from any start; hours on a CPU), or settings.
        num_steps: Replaces the preset's; the rest of the schedule stretches with it.

    Raises:
        UnknownNameError: There is no such preset.
        ConventionError: It is neither a name nor a `FitConfig`.
    """
    config = resolve_preset("Fit", preset, _PRESETS)
    return config if num_steps is None else replace(config, num_steps=num_steps)
