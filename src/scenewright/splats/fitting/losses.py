"""Losses of drawn images, as values with their gradients with respect to the images.

Every loss returns ``weight`` times its value and the gradient of that product. Means are over all
pixels unless stated otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError, ShapeError
from scenewright.geometry import ssim
from scenewright.geometry.projection import pixel_rays
from scenewright.splats.fitting import _normal_consistency
from scenewright.splats.fitting.targets import Target
from scenewright.splats.rasterizer.arrays import Floats, ImageGradients, Images

LEAST_ALPHA = 0.5
"""Rendered depth counts as a surface where alpha is at least this."""
DEPTH_TOLERANCE = 0.05
"""Relative error of depth up to which its loss is about linear; beyond, it is logarithmic."""


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of `total_loss`; a term of weight 0 is not computed.

    Attributes:
        ssim: Share of 1 - SSIM in the photometric term.
        distortion: Of `distortion_loss`.
        normals: Of `normal_consistency_loss`.
        depth: Of `depth_loss`.
        prior: Of `normal_prior_loss`.
        depth_ratio: Which depth is the surface: 0 = the mean along the ray, 1 = the median.
    """

    ssim: float = 0.2
    distortion: float = 0.0
    normals: float = 0.0
    depth: float = 0.0
    prior: float = 0.0
    depth_ratio: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            highest = 1 if field.name in ("ssim", "depth_ratio") else np.inf
            if not 0 <= value <= highest:
                limits = "0 to 1" if highest == 1 else "0 or more"
                name = f"LossWeights.{field.name}"
                raise ConventionError(name, expected=limits, got=f"{value:g}")


@dataclass(frozen=True)
class LossValues:
    """The terms of one loss, each times its weight."""

    photometric: float
    distortion: float = 0.0
    normals: float = 0.0
    depth: float = 0.0
    prior: float = 0.0

    @property
    def total(self) -> float:
        """The sum of the terms."""
        return self.photometric + self.distortion + self.normals + self.depth + self.prior


@dataclass(frozen=True, eq=False)
class PhotometricTarget:
    """An image to compare with, and what SSIM needs of it, for images that are used often.

    Attributes:
        color: (H, W, 3) RGB, 0 to 1.
        mean: (H, 3 W) color, blurred with the window of SSIM.
        square: (H, 3 W) its square, blurred.
    """

    color: Floats
    mean: Floats
    square: Floats

    @classmethod
    def of(cls, color: Floats) -> PhotometricTarget:
        """Works out the moments of an image.

        Raises:
            ShapeError: It is not (H, W, 3).
        """
        ssim.check_pictures(color, color)
        taps = ssim.gaussian_window(color.dtype)
        return cls(color, *ssim.target_moments(ssim.picture_rows(color), taps))


def _prepared(target: Floats | PhotometricTarget, image: Floats) -> PhotometricTarget:
    if not isinstance(target, PhotometricTarget):
        target = PhotometricTarget.of(target.astype(image.dtype, copy=False))
    ssim.check_pictures(image, target.color)
    return target


def _check_same(what: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ShapeError(what, expected=f"{shape}", got=f"{array.shape}")


def photometric_loss(
    image: Floats,
    target: Floats | PhotometricTarget,
    *,
    ssim_weight: float = 0.2,
    weights: NDArray[Any] | None = None,
) -> tuple[float, Floats]:
    """``(1 - s) L1 + s (1 - SSIM)`` of two images, and its gradient by the first.

    SSIM (Wang et al., Image quality assessment, 2004): Gaussian window of 11 x 11 pixels, sigma
    1.5, zeros beyond the border, C1 = 0.01^2, C2 = 0.03^2, mean over pixels and channels.

    Args:
        image: (H, W, 3) float32 or float64, about 0 to 1.
        target: Of the same shape and type; `PhotometricTarget.of` saves work if used again.
        ssim_weight: s, 0 to 1.
        weights: (H, W) bool or 0 to 1, how much each pixel counts. The image is blended with the
            target by it, so that what does not count equals the target in its neighbors' windows,
            too; means are over the sum of weights, 0 if that is 0. None = all count.

    Returns:
        The value, and (H, W, 3) its gradient by `image`.

    Raises:
        ShapeError: Shapes or types differ.
    """
    goal = _prepared(target, image)
    x, y = ssim.picture_rows(image), ssim.picture_rows(goal.color)
    shares = None
    count = float(x.size)
    if weights is not None:
        _check_same("Weights of pixels", weights, image.shape[:2])
        shares = np.repeat(weights.astype(x.dtype), 3, axis=1)
        count = float(shares.sum(dtype=np.float64))
        if count == 0:
            return 0.0, np.zeros_like(image)
        x = y + shares * (x - y)
    taps = ssim.gaussian_window(x.dtype)
    moments, slopes = ssim.working_space(x), ssim.working_space(x)
    ssim.image_moments(x, y, taps, moments)
    unlike = ssim.compare_moments(moments, goal.mean, goal.square, taps, slopes).sum()
    gradient = np.empty_like(x)
    factors = np.array([(1 - ssim_weight) / count, -ssim_weight / count], x.dtype)
    absolute = ssim.join_gradient(slopes, x, y, taps, factors, gradient).sum()
    if shares is not None:
        gradient *= shares
    value = ((1 - ssim_weight) * absolute + ssim_weight * unlike) / count
    return float(value), gradient.reshape(image.shape)


def normal_consistency_loss(
    images: Images, camera: Camera, *, depth_ratio: float, weight: float = 1.0
) -> tuple[float, ImageGradients]:
    """Mean of 1 - N . A n_s: rendered normals against the surface of the rendered depth.

    Huang et al., 2D Gaussian Splatting, 2024, equation 14, with n_s of `geometry.depth_normals` and
    alpha held constant where it weighs n_s. The gradient goes through the depth, too.

    Args:
        images: Of the rasterizer.
        camera: Of the image; without skew.
        depth_ratio: 0 = the surface is the mean depth, 1 = the median depth, or between.
        weight: Factor of value and gradient.

    Returns:
        The value; gradients by normals, depth_sum, alpha and median.
    """
    _check_same("Rendered depth", images.depth_sum, camera.size)
    depth_sum, alpha = np.ascontiguousarray(images.depth_sum), np.ascontiguousarray(images.alpha)
    normals = np.ascontiguousarray(images.normals)
    median = np.ascontiguousarray(images.median)
    depth = _normal_consistency.mix_depth(depth_sum, alpha, median, depth_ratio)
    by_normals = np.zeros_like(normals)
    by_neighbors = np.zeros((*alpha.shape, 4), alpha.dtype)
    share = weight / alpha.size
    agreement = _normal_consistency.compare_normals(
        depth, alpha, normals, *pixel_rays(camera), share, by_normals, by_neighbors
    )
    by_sum, by_alpha, by_median = _normal_consistency.split_depth_gradient(
        by_neighbors, depth_sum, alpha, depth_ratio
    )
    gradients = ImageGradients(
        normals=by_normals, depth_sum=by_sum, alpha=by_alpha, median=by_median
    )
    return weight - share * agreement, gradients


def depth_loss(
    images: Images,
    depth: NDArray[np.floating[Any]],
    *,
    tolerance: float = DEPTH_TOLERANCE,
    weight: float = 1.0,
) -> tuple[float, ImageGradients]:
    """Relative error e of the mean depth against readings, as ``t log(1 + e / t)``.

    It is a mean over the pixels that have a reading and an alpha of at least `LEAST_ALPHA`; 0 if
    there are none. Wrong readings at edges pull less than linearly.

    Args:
        images: Of the rasterizer.
        depth: (H, W) meters along z, 0 = no reading.
        tolerance: t.
        weight: Factor of value and gradient.

    Returns:
        The value; gradients by depth_sum and alpha.

    Raises:
        ShapeError: The readings have another size than the images.
    """
    _check_same("Target depth", depth, images.alpha.shape)
    is_known = (depth > 0) & (images.alpha >= LEAST_ALPHA)
    count = max(int(np.count_nonzero(is_known)), 1)
    dtype = images.alpha.dtype
    alpha = np.where(is_known, images.alpha, 1)
    readings = np.where(is_known, depth, 1).astype(dtype)
    mean = images.depth_sum / alpha
    error = np.where(is_known, mean - readings, 0) / readings
    size = np.abs(error)
    value = tolerance * float(np.log1p(size / tolerance).sum(dtype=np.float64)) / count
    by_mean = np.sign(error) / (readings * (1 + size / tolerance)) * dtype.type(weight / count)
    by_sum = by_mean / alpha
    return weight * value, ImageGradients(depth_sum=by_sum, alpha=-by_sum * mean)


def normal_prior_loss(
    images: Images, normals: NDArray[np.floating[Any]], *, weight: float = 1.0
) -> tuple[float, ImageGradients]:
    """Mean of 1 - N . A n over the pixels with a given normal n, alpha held constant.

    Args:
        images: Of the rasterizer.
        normals: (H, W, 3) unit normals, camera frame, facing the camera; 0 = unknown.
        weight: Factor of value and gradient.

    Returns:
        The value, 0 if no normal is known; the gradient by the rendered normals.

    Raises:
        ShapeError: The normals have another size than the images.
    """
    _check_same("Target normals", normals, images.normals.shape)
    is_known = (normals[..., 0] != 0) | (normals[..., 1] != 0) | (normals[..., 2] != 0)
    count = int(np.count_nonzero(is_known))
    if count == 0:
        return 0.0, ImageGradients()
    toward = images.alpha[..., None] * normals.astype(images.alpha.dtype)
    agreement = float((images.normals * toward).sum(dtype=np.float64))
    gradient = toward * images.alpha.dtype.type(-weight / count)
    return weight * (1 - agreement / count), ImageGradients(normals=gradient)


def distortion_loss(images: Images, *, weight: float = 1.0) -> tuple[float, ImageGradients]:
    """Mean distortion of rays (Huang et al., 2024, equation 13) and its gradient."""
    count = images.distortion.size
    gradient = np.full_like(images.distortion, weight / count)
    value = weight * float(images.distortion.mean(dtype=np.float64))
    return value, ImageGradients(distortion=gradient)


def total_loss(
    images: Images,
    target: Target,
    weights: LossWeights,
    *,
    photometric: PhotometricTarget | None = None,
    pixel_weights: NDArray[Any] | None = None,
) -> tuple[LossValues, ImageGradients]:
    """The loss that surfels are fitted with, and its gradient by the images.

    Args:
        images: Of the rasterizer, at the target's camera.
        target: The captured view. Terms whose image it lacks are left out.
        weights: Of the terms.
        photometric: The target's colors with their moments, if they were kept.
        pixel_weights: (H, W), how much each pixel counts in the photometric term.

    Raises:
        ShapeError: The target has another size than the images.
    """
    goal = target.color if photometric is None else photometric
    value, by_color = photometric_loss(
        images.color, goal, ssim_weight=weights.ssim, weights=pixel_weights
    )
    terms = {"photometric": (value, ImageGradients(color=by_color))}
    if weights.distortion > 0:
        terms["distortion"] = distortion_loss(images, weight=weights.distortion)
    if weights.normals > 0:
        terms["normals"] = normal_consistency_loss(
            images, target.camera, depth_ratio=weights.depth_ratio, weight=weights.normals
        )
    if weights.depth > 0 and target.depth is not None:
        terms["depth"] = depth_loss(images, target.depth, weight=weights.depth)
    if weights.prior > 0 and target.normals is not None:
        terms["prior"] = normal_prior_loss(images, target.normals, weight=weights.prior)
    values = LossValues(**{name: value for name, (value, _) in terms.items()})
    return values, _sum_gradients([gradients for _, gradients in terms.values()])


def _sum_gradients(parts: list[ImageGradients]) -> ImageGradients:
    sums: dict[str, Floats] = {}
    for part in parts:
        for name, value in vars(part).items():
            if value is not None:
                sums[name] = sums[name] + value if name in sums else value
    return ImageGradients(**sums)
