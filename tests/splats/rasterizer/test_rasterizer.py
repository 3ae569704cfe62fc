"""The slow torch rasterizer against central differences, and the fast one against the slow one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scenewright.core import Camera, ConventionError
from scenewright.splats.rasterizer.arrays import ImageGradients, Images, SurfelArrays
from tests.splats.splat_builders import (
    make_camera,
    make_gradients,
    make_plane,
    make_pose,
    make_stack,
    make_surfels,
)

torch = pytest.importorskip("torch")

from scenewright.splats.torch_engines.reference import (  # noqa: E402
    ReferenceTrace,
    rasterize_reference,
    trace_reference,
)
from scenewright.splats.torch_engines.tensors import SurfelTensors  # noqa: E402

NEAR, FAR = 0.2, 20.0
NAMES = SurfelArrays._fields


def oracle(
    arrays: SurfelArrays,
    camera: Camera,
    *,
    pose: NDArray[Any] | None = None,
    gradients: ImageGradients | None = None,
    features: NDArray[Any] | None = None,
    **options: Any,
) -> tuple[ReferenceTrace, dict[str, NDArray[Any]]]:
    """The slow picture in float64 and, if a loss is given, its gradients by name."""
    needs = gradients is not None
    surfels = SurfelTensors.of(arrays, torch.float64, requires_grad=needs)
    extra = None if features is None else torch.tensor(features).double().requires_grad_(needs)
    trace = trace_reference(
        surfels,
        camera,
        world_from_cam=np.eye(4) if pose is None else pose,
        near=NEAR,
        far=FAR,
        features=extra,
        **options,
    )
    if gradients is None:
        return trace, {}
    trace.images.dot(gradients).backward()
    found = {name: value.grad.numpy() for name, value in zip(NAMES, surfels, strict=True)}
    if extra is not None:
        found["features"] = extra.grad.numpy()
    found["screen"] = trace.screen().numpy()
    return trace, found


def loss_of(
    arrays: SurfelArrays, camera: Camera, pose: NDArray[Any], gradients: ImageGradients
) -> float:
    images = rasterize_reference(
        SurfelTensors.of(arrays), camera, world_from_cam=pose, near=NEAR, far=FAR,
        background=(0.2, 0.5, 0.1),
    )  # fmt: skip
    return float(images.dot(gradients))


def only_branch(surfels: SurfelArrays, branch: str) -> SurfelArrays:
    if branch == "both":
        return surfels
    # Disks far smaller than a pixel are drawn by the low-pass filter; large ones meet the rays.
    factor = 0.02 if branch == "low-pass" else 1.3
    return surfels._replace(scales=surfels.scales * factor)


@pytest.mark.parametrize(
    ("count", "branch"),
    [(1, "ray"), (1, "low-pass"), (6, "ray"), (6, "low-pass"), (6, "both"), (50, "both")],
)
def test_oracle_has_the_gradients_of_central_differences(count: int, branch: str) -> None:
    camera = make_camera(9, 7, focal=11)
    surfels = only_branch(make_stack(count, 3 + count), branch)
    pose = make_pose(5) * np.array([1, 1, 1, 0.3])
    pose[3] = (0, 0, 0, 1)
    gradients = make_gradients(camera, 7)
    trace, found = oracle(
        surfels, camera, pose=pose, gradients=gradients, background=(0.2, 0.5, 0.1)
    )
    assert int((trace.weights > 0).sum(-1).max()) == count  # one ray meets all of them
    rng = np.random.default_rng(count)
    for place, name in enumerate(NAMES):
        for _ in range(2):
            value = surfels[place]
            toward = rng.normal(size=value.shape) * (0.1 if name == "scales" else 1.0)
            toward *= 1 / np.linalg.norm(toward)
            h = 2e-5 * (np.abs(value).mean() if name in ("scales", "means") else 1.0) * 0.3

            def at(shift: float, place: int = place, toward: Any = toward) -> float:
                moved = list(surfels)
                moved[place] = moved[place] + shift * toward
                return loss_of(SurfelArrays(*moved), camera, pose, gradients)

            # Fourth-order differences: the error of the step must lie below 1e-6.
            slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
            size = np.linalg.norm(found[name])
            assert slope == pytest.approx((found[name] * toward).sum(), abs=1e-6 * size)


def test_oracle_of_nothing_is_the_background() -> None:
    camera = make_camera(6, 4)
    images = oracle(make_surfels(0, 1), camera, background=(0.2, 0.5, 0.1))[0].images.numpy()
    assert np.array_equal(images.color, np.broadcast_to((0.2, 0.5, 0.1), (4, 6, 3)))
    assert not images.alpha.any()
    assert not images.median.any()


def test_oracle_has_a_surfel_taken_by_both_branches() -> None:
    camera = make_camera(9, 7, focal=11)
    surfels = make_stack(6, 9)
    tiny = only_branch(surfels, "low-pass")
    wide = only_branch(surfels, "ray")
    slopes = [
        oracle(scene, camera, gradients=make_gradients(camera, 1))[1]["screen"].max()
        for scene in (tiny, wide)
    ]
    assert slopes[0] == 0
    assert slopes[1] > 0


def fast(
    arrays: SurfelArrays, camera: Camera, *, pose: NDArray[Any] | None = None, **options: Any
) -> Any:
    from scenewright.splats.rasterizer.rasterization import rasterize

    view = np.eye(4) if pose is None else pose
    return rasterize(arrays, camera, world_from_cam=view, near=NEAR, far=FAR, **options)


def assert_same_images(found: Images, true: Images, *, tolerance: float, switches: float) -> None:
    """All values agree but for the share of pixels where rounding turns a decision."""
    for name, value in vars(true).items():
        image = getattr(found, name)
        if value is None:
            assert image is None
            continue
        assert image.shape == value.shape
        wrong = np.abs(image - value) > tolerance * max(1.0, np.abs(value).max())
        wrong = wrong if wrong.ndim == 2 else wrong.any(-1)
        assert wrong.mean() <= switches, name


def assert_same_gradients(found: Any, true: dict[str, NDArray[Any]], *, tolerance: float) -> None:
    rounding = 1e-12 * max(np.linalg.norm(value) for value in true.values())
    for name, value in true.items():
        error = np.linalg.norm(getattr(found, name) - value)
        assert error <= tolerance * np.linalg.norm(value) + rounding, name


SCENES = [(1, 0, None), (2, 1, 3), (3, 2, 16), (4, 3, None)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("seed", "sh_degree", "channels"), SCENES)
def test_fast_and_slow_agree(seed: int, sh_degree: int, channels: int | None, dtype: Any) -> None:
    camera = make_camera(45 + 7 * seed, 37)
    arrays = make_surfels(120, seed, dtype, sh_degree)
    features = None
    if channels is not None:
        features = np.random.default_rng(seed).normal(size=(120, channels)).astype(dtype)
    gradients = make_gradients(camera, seed, dtype, features=channels)
    options = {"pose": make_pose(seed), "features": features, "background": (0.3, 0.6, 0.9)}
    trace, slopes = oracle(arrays, camera, gradients=gradients, **options)
    drawing = fast(arrays, camera, **options)
    single = dtype == np.float32
    assert_same_images(
        drawing.images,
        trace.images.numpy(),
        tolerance=1e-4 if single else 1e-9,
        switches=1e-3 if single else 0.0,
    )
    backward = drawing.backward(gradients)
    assert_same_gradients(backward, slopes, tolerance=1e-3 if single else 1e-6)
    assert backward.means.dtype == dtype
    drawn = (trace.weights > 0).any(0).any(0).numpy()
    assert drawn.sum() > 60
    assert backward.visible[drawn].all()


@pytest.mark.parametrize("name", list(ImageGradients.__dataclass_fields__))
def test_fast_and_slow_agree_on_every_image_alone(name: str) -> None:
    camera = make_camera()
    arrays = make_surfels(80, 21)
    features = np.random.default_rng(0).normal(size=(80, 2))
    every = make_gradients(camera, 3, features=2)
    alone = ImageGradients(**{name: getattr(every, name)})
    options = {"pose": make_pose(8), "features": features}
    _, slopes = oracle(arrays, camera, gradients=alone, **options)
    assert_same_gradients(fast(arrays, camera, **options).backward(alone), slopes, tolerance=1e-9)


@pytest.mark.parametrize("count", [1, 10, 50])
def test_fast_and_slow_agree_on_rays_with_many_surfels(count: int) -> None:
    camera = make_camera(33, 18)
    arrays = make_stack(count, count, opaque=0.6 if count == 50 else 0.3)
    gradients = make_gradients(camera, 2)
    trace, slopes = oracle(arrays, camera, gradients=gradients)
    drawing = fast(arrays, camera)
    assert_same_images(drawing.images, trace.images.numpy(), tolerance=1e-9, switches=0)
    assert_same_gradients(drawing.backward(gradients), slopes, tolerance=1e-8)


def test_a_lower_degree_of_harmonics_leaves_the_rest_alone() -> None:
    camera = make_camera()
    arrays = make_surfels(60, 2)
    gradients = make_gradients(camera, 2)
    trace, slopes = oracle(arrays, camera, gradients=gradients, sh_degree=1)
    drawing = fast(arrays, camera, sh_degree=1)
    assert_same_images(drawing.images, trace.images.numpy(), tolerance=1e-9, switches=0)
    backward = drawing.backward(gradients)
    assert_same_gradients(backward, slopes, tolerance=1e-9)
    assert not backward.sh[:, 4:].any()


def test_clipped_opacity_has_no_gradient() -> None:
    camera = make_camera(5, 5)
    facing = {"quats": np.array([[1.0, 0, 0, 0]]), "scales": np.full((1, 2), 50.0)}
    arrays = make_stack(1, 4)._replace(opacities=np.ones(1), **facing)
    trace, slopes = oracle(arrays, camera, gradients=make_gradients(camera, 2))
    backward = fast(arrays, camera).backward(make_gradients(camera, 2))
    assert float(trace.weights.min()) == 0.99
    assert slopes["opacities"] == 0
    assert backward.opacities == 0


@pytest.mark.parametrize("top", [3, 8])
def test_blend_weights_are_the_largest_of_the_oracle(top: int) -> None:
    from scenewright.splats.rasterizer.blending_weights import blend_weights

    camera = make_camera()
    arrays = make_surfels(150, 6, np.float32)
    pose = make_pose(6)
    trace, _ = oracle(arrays, camera, pose=pose)
    found = blend_weights(arrays, camera, world_from_cam=pose, near=NEAR, top=top)
    true, ids = (part.numpy() for part in torch.topk(trace.weights, top, dim=-1))
    assert found.ids.shape == found.weights.shape == (*camera.size, top)
    wrong = np.abs(found.weights - true) > 1e-4
    assert wrong.mean() < 1e-3
    gap = -np.diff(true, axis=-1, append=0)
    clear = (true > 1e-3) & (gap > 1e-4) & (np.roll(gap, 1, -1) > 1e-4)
    clear[..., 0] = (true > 1e-3)[..., 0] & (gap[..., 0] > 1e-4)
    assert (found.ids != ids)[clear & ~wrong].mean() < 1e-3
    assert (found.ids[true == 0] == -1).mean() > 0.999
    assert np.abs(found.alpha - trace.images.alpha.numpy()).mean() < 1e-5
    assert (found.weights > 0.1).sum(-1).max() <= 9


def test_weights_and_the_light_left_make_one() -> None:
    camera = make_camera()
    arrays = make_surfels(200, 9, sh_degree=0)
    gray = arrays._replace(sh=np.zeros_like(arrays.sh))
    images = fast(gray, camera, background=(1.0, 1.0, 1.0), features=np.ones((200, 1))).images
    light_left = images.color - 0.5 * images.alpha[..., None]
    assert np.allclose(images.features[..., 0], images.alpha, atol=1e-12)
    assert np.allclose(images.alpha[..., None] + light_left, 1, atol=1e-12)
    assert images.alpha.max() > 0.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_flat_textured_wall_is_flat(dtype: Any) -> None:
    camera = make_camera(64, 48, focal=80)
    wall, normal = make_plane(40, dtype)
    images = fast(wall, camera).images
    rows, columns = np.mgrid[:48, :64]
    x, y = (columns + 0.5 - camera.cx) / camera.fx, (rows + 0.5 - camera.cy) / camera.fy
    rays = np.stack([x, y, np.ones_like(x)], axis=-1)
    true = 3 * normal[2] / (rays @ normal)
    inside = images.alpha > 0.98
    assert inside.mean() > 0.9
    for depth in (images.depth_sum / images.alpha, images.median):
        error = np.abs(depth - true)[inside]
        # A pixel right on the middle of a disk takes the depth of the centre.
        assert error.max() < 1e-3
        assert np.quantile(error, 0.99) < (1e-5 if dtype == np.float32 else 1e-12)
    cosine = (images.normals[inside] / images.alpha[inside][:, None]) @ normal
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.1
    assert np.abs(images.distortion[inside]).max() < 1e-6
    assert images.color[inside].std() > 0.05


def test_an_off_centre_principal_point_renders_where_it_should() -> None:
    camera = Camera.from_focal(60, 66, 15.3, 30.8, width=50, height=40)
    point = np.array([0.2, -0.1, 4.0])
    arrays = SurfelArrays(
        point[None], np.array([[1.0, 0, 0, 0]]), np.full((1, 2), 0.15), np.array([0.9]),
        np.zeros((1, 1, 3)),
    )  # fmt: skip
    alpha = fast(arrays, camera).images.alpha
    rows, columns = np.mgrid[:40, :50] + 0.5
    assert (columns * alpha).sum() / alpha.sum() == pytest.approx(15.3 + 60 * 0.05, abs=1e-2)
    assert (rows * alpha).sum() / alpha.sum() == pytest.approx(30.8 - 66 * 0.025, abs=1e-2)


def test_same_input_same_bytes() -> None:
    camera = make_camera(70, 50)
    arrays = make_surfels(300, 3, np.float32, 1)
    gradients = make_gradients(camera, 3, np.float32)

    def draw() -> list[bytes]:
        drawing = fast(arrays, camera)
        parts = [*vars(drawing.images).values(), *vars(drawing.backward(gradients)).values()]
        return [part.tobytes() for part in parts if part is not None]

    first = draw()
    assert all(draw() == first for _ in range(3))


@pytest.mark.parametrize(("right", "down"), [(16, 16), (5, 11)])
def test_a_picture_does_not_depend_on_where_it_lies(right: int, down: int) -> None:
    camera = make_camera(45, 37)
    wider = Camera.from_focal(
        camera.fx, camera.fy, camera.cx + right, camera.cy + down,
        width=45 + right, height=37 + down,
    )  # fmt: skip
    arrays = make_surfels(200, 12)
    images, moved = fast(arrays, camera).images, fast(arrays, wider).images
    for name in ("color", "depth_sum", "alpha", "normals", "median", "distortion"):
        part = getattr(moved, name)[down:, right:]
        assert np.allclose(part, getattr(images, name), atol=1e-9, rtol=0), name


def test_torch_differentiates_the_fast_rasterizer() -> None:
    from scenewright.splats.torch_engines.functional import rasterize_torch

    camera = make_camera(20, 17)
    arrays = make_surfels(40, 5, sh_degree=1)
    features = np.random.default_rng(5).normal(size=(40, 2))
    gradients = make_gradients(camera, 5, features=2)
    options = {"world_from_cam": make_pose(2), "near": NEAR, "far": FAR}
    slopes = []
    for draw in (rasterize_reference, rasterize_torch):
        leaves = SurfelTensors.of(arrays, requires_grad=True)
        extra = torch.tensor(features, requires_grad=True)
        images = draw(leaves, camera, features=extra, **options)
        (images.dot(gradients) + images.alpha.square().sum()).backward()
        slopes.append([leaf.grad for leaf in (*leaves, extra)])
    for slow, quick in zip(*slopes, strict=True):
        assert torch.allclose(slow, quick, rtol=1e-8, atol=1e-8 * float(slow.abs().max()))


def test_torch_may_use_only_one_of_the_images() -> None:
    from scenewright.splats.torch_engines.functional import rasterize_torch

    leaves = SurfelTensors.of(make_surfels(20, 5, np.float32, 0), requires_grad=True)
    images = rasterize_torch(
        leaves, make_camera(20, 17), world_from_cam=np.eye(4), near=NEAR, far=FAR
    )
    images.alpha.sum().backward()
    assert images.features is None
    assert leaves.opacities.grad is not None
    assert float(leaves.opacities.grad.abs().max()) > 0
    assert leaves.sh.grad is not None
    assert not leaves.sh.grad.any()


def test_oracle_refuses_skew() -> None:
    camera = Camera(np.array([[40.0, 2.0, 20.0], [0, 40.0, 15.0], [0, 0, 1]]), 40, 30)
    with pytest.raises(ConventionError) as error:
        oracle(make_surfels(3, 1), camera)
    assert str(error.value) == "Camera of a picture of surfels: expected no skew, got 2"
