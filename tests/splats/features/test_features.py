"""Labels and features of surfels: votes, training, prototypes, cuts, clicks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenewright.core import ConventionError, ShapeError, SurfelCloud, Views
from scenewright.splats.features.contrast import contrastive_loss
from scenewright.splats.features.field import FeatureField
from scenewright.splats.features.prototypes import assign_prototypes, mean_prototypes
from scenewright.splats.features.selection import (
    point_groups,
    select_at_pixel,
    select_by_feature,
)
from scenewright.splats.features.training import (
    FeatureConfig,
    compact,
    starting_features,
    train_features,
)
from scenewright.splats.lifting.id_maps import render_id_map
from scenewright.splats.lifting.straddlers import split_straddlers, straddles
from scenewright.splats.lifting.votes import label_votes, lift_labels
from scenewright.splats.rasterizer.weight_store import WeightStore, store_of_pictures
from tests.splats.extraction.objects_builders import (
    joined,
    plane,
    scaled,
    scaled_views,
    sphere,
    store_of,
    surfels_at,
    views_from,
)


def unit_rows(rng: np.random.Generator, count: int, dims: int) -> NDArray[np.float64]:
    rows = rng.normal(size=(count, dims))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def grid_store(num_labels: int, *, side: int = 6) -> tuple[WeightStore, NDArray[np.int32]]:
    """Two views of a row of squares of surfels, one surfel per pixel; and the id map of both.

    Square k has label k + 1 and the surfels of its own ``side`` x ``side`` pixels.
    """
    ids = np.arange(side * side * num_labels, dtype=np.int32).reshape(side, -1, order="F")
    labels = np.repeat(np.arange(1, num_labels + 1), side)[None].repeat(side, axis=0)
    weights = np.full((*ids.shape, 1), 0.9, np.float32)
    store = store_of_pictures([(ids[..., None], weights)] * 2, num_surfels=ids.size)
    return store, labels.astype(np.int32)


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 6), st.sampled_from([0.2, 1.0]))
@settings(max_examples=8, deadline=None)
def test_loss_and_gradient_are_those_of_torch(
    seed: int, count: int, dims: int, temperature: float
) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    features = unit_rows(rng, count, dims)
    classes = rng.integers(0, 5, count).astype(np.int32)
    classes[classes == 2] = 3  # a class without samples
    own = contrastive_loss(features, classes, num_classes=5, temperature=temperature)
    f = torch.tensor(features, requires_grad=True)
    terms, spreads = [], []
    means = {}
    for k in sorted(set(classes.tolist())):
        member = f[torch.tensor(classes == k)]
        means[k] = member.mean(dim=0)
        reach = (member - means[k]).norm(dim=1).sum().item()
        spread = 10 * reach / (len(member) * np.log(len(member) + 1000))
        spreads.append(temperature * min(max(spread, 0.5), 1.0))
    for j in range(count):
        logits = torch.stack([f[j] @ c / s for c, s in zip(means.values(), spreads, strict=True)])
        terms.append(torch.logsumexp(logits, 0) - logits[list(means).index(int(classes[j]))])
    loss = torch.stack(terms).mean()
    loss.backward()
    assert own.value == pytest.approx(loss.item(), rel=1e-10, abs=1e-12)
    assert np.allclose(own.gradient, f.grad.numpy(), atol=1e-12)
    present = [k for k in range(5) if k in means]
    assert np.allclose(own.spread[present], spreads)


def test_gradient_of_surfels_is_the_central_difference_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    start = rng.normal(size=(12, 4)).astype(np.float32)
    ids = rng.integers(0, 12, (30, 3)).astype(np.int32)
    ids[::4, 2] = -1
    weights = rng.uniform(0.1, 0.4, ids.shape).astype(np.float32)
    classes = rng.integers(0, 3, 30).astype(np.int32)
    field = FeatureField(start)
    features, lengths = field.draw(ids, weights)
    loss = contrastive_loss(features, classes, num_classes=3)
    field.add_pixel_gradient(loss.gradient, features, lengths, ids=ids, weights=weights)
    field.add_surfel_gradient(np.ones((1, 4), np.float32), np.array([5], np.int32))

    def value(unit: NDArray[np.float64]) -> float:
        own = np.where(ids >= 0, weights, 0).astype(np.float64)
        pixels = np.einsum("nt,ntd->nd", own, unit[ids])
        pixels /= np.linalg.norm(pixels, axis=1, keepdims=True)
        loss_here = contrastive_loss(
            pixels, classes, num_classes=3, spread=loss.spread.astype(np.float64)
        )
        return loss_here.value + float(unit[5].sum())

    unit = field.unit.astype(np.float64)
    numeric = np.zeros_like(unit)
    for i in np.ndindex(unit.shape):
        step = np.zeros_like(unit)
        step[i] = 1e-5
        numeric[i] = (value(unit + step) - value(unit - step)) / 2e-5
    assert np.abs(numeric - field._gradient).max() < 2e-5


def test_only_touched_surfels_move_and_they_move_against_the_gradient() -> None:
    rng = np.random.default_rng(0)
    field = FeatureField(rng.normal(size=(6, 3)).astype(np.float32))
    before = field.unit.copy()
    pull = np.array([[1.0, 0, 0]], np.float32)
    for _ in range(3):
        field.add_surfel_gradient(-pull, np.array([2], np.int32))
        field.step(0.05)
    others = [0, 1, 3, 4, 5]
    assert np.array_equal(field.unit[others], before[others])
    assert field.unit[2, 0] > before[2, 0]
    assert field.trained.tolist() == [False, False, True, False, False, False]
    assert np.allclose(np.linalg.norm(field.unit, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("labeled", [True, False])
def test_more_objects_than_dimensions_part_and_the_first_is_no_worse_than_any(
    labeled: bool,
) -> None:
    num = 24
    store, picture = grid_store(num)
    labels = lift_labels(store, [picture] * 2).labels
    assert sorted(set(labels.tolist())) == list(range(1, num + 1))
    config = FeatureConfig(dims=16, steps=150, pixels=600, surfels=600, labeled_start=labeled)
    trained = train_features(store, [picture] * 2, labels, config=config, seed=1)
    assert trained.trained.all()
    prototypes = mean_prototypes(trained.features, labels)
    assert prototypes.ids.tolist() == list(range(1, num + 1))
    own = np.einsum("nd,nd->n", trained.features, prototypes.features[labels - 1])
    tightness = np.array([own[labels == k].mean() for k in range(1, num + 1)])
    assert tightness.min() > 0.98
    assert abs(tightness[0] - tightness[1:].mean()) < 0.05
    alike = prototypes.features @ prototypes.features.T - 2 * np.eye(num)
    assert alike.max() < 0.4  # none collide
    found, cosine = assign_prototypes(trained.features, prototypes)
    assert np.array_equal(found, labels)
    assert cosine.min() > 0.75


def test_features_alone_find_objects_that_views_number_differently() -> None:
    store, picture = grid_store(5)
    masks = [picture, 6 - picture]  # the same squares under other ids
    nothing = np.zeros(store.num_surfels, np.int32)
    config = FeatureConfig(steps=200, pixels=400, cross_weight=0, surfel_weight=0)
    none = np.zeros_like(picture)
    trained = train_features(store, [none, none], nothing, view_masks=masks, config=config, seed=0)
    truth = lift_labels(store, [picture] * 2).labels
    same = truth[:, None] == truth[None]
    cosine = trained.features @ trained.features.T
    assert cosine[same].min() > 0.9 > 0.3 > cosine[~same].max()


def test_training_repeats_with_its_seed_and_differs_with_another() -> None:
    store, picture = grid_store(4)
    labels = lift_labels(store, [picture] * 2).labels
    config = FeatureConfig(steps=20, pixels=100, surfels=50)
    runs = [
        train_features(store, [picture] * 2, labels, config=config, seed=seed).features
        for seed in (7, 7, 8)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_surfels_without_object_are_not_supervised_as_if_they_were_the_first() -> None:
    store, picture = grid_store(3)
    picture = np.where(picture == 3, 0, picture)
    labels = lift_labels(store, [picture] * 2).labels
    assert (labels == 0).sum() == 36
    config = FeatureConfig(steps=80, pixels=300, unmasked_is_class=False)
    trained = train_features(store, [picture] * 2, labels, config=config, seed=0)
    assert np.array_equal(trained.trained, labels > 0)
    start = starting_features(labels, config=config, seed=0)
    assert np.allclose(trained.features[labels == 0], start[labels == 0], atol=1e-6)
    found, _ = assign_prototypes(trained.features, mean_prototypes(trained.features, labels))
    assert (found[labels == 0] == 0).mean() > 0.8
    with_none = train_features(
        store, [picture] * 2, labels, config=FeatureConfig(steps=80, pixels=300), seed=0
    )
    prototypes = mean_prototypes(with_none.features, labels)
    assert (with_none.features[labels == 0] @ prototypes.features.T).max() < 0.5


def test_a_feature_between_two_prototypes_or_far_from_all_is_nobodys() -> None:
    axes = np.eye(4, dtype=np.float32)
    prototypes = mean_prototypes(axes[:2], np.array([9, 4], np.int32))
    assert prototypes.ids.tolist() == [4, 9]
    middle = (axes[0] + axes[1]) / np.sqrt(2)
    nearly = 0.9 * axes[0] + np.sqrt(1 - 0.81) * axes[2]
    given_features = np.stack([axes[0], axes[1], middle, axes[3], nearly]).astype(np.float32)
    labels, cosine = assign_prototypes(given_features, prototypes, least_cosine=0.7)
    assert labels.tolist() == [9, 4, 0, 0, 9]
    assert cosine[4] == pytest.approx(0.9, abs=1e-6)
    bare, _ = assign_prototypes(axes, mean_prototypes(axes, np.zeros(4, np.int32)))
    assert bare.tolist() == [0] * 4


@given(st.lists(st.integers(0, 60), min_size=1, max_size=50))
def test_compacting_keeps_order_and_leaves_no_gaps(labels: list[int]) -> None:
    given_labels = np.array(labels, np.int32)
    classes, num = compact(given_labels)
    assert sorted(set(classes.tolist())) == list(range(num))
    assert np.array_equal(np.unique(given_labels)[classes], given_labels)


def test_votes_count_by_weight_and_unknown_pixels_do_not_vote() -> None:
    ids = np.array([[[0, 1], [0, 1], [0, -1], [2, -1]]], np.int32)
    weights = np.array([[[0.6, 0.2], [0.5, 0.25], [0.9, 0], [0.8, 0]]], np.float32)
    store = store_of_pictures([(ids, weights)], num_surfels=4)
    picture = np.array([[5, 2, 0, -1]], np.int32)
    votes = label_votes(store, [picture]).toarray()
    assert votes[5, :2] == pytest.approx([0.6, 0.2], abs=1e-3)
    assert votes[2, :2] == pytest.approx([0.5, 0.25], abs=1e-3)
    assert votes[:, 2:].sum() == 0
    lifted = lift_labels(store, [picture], none_weight=0.5)
    assert lifted.labels.tolist() == [5, 2, 0, 0]
    assert lifted.scores == pytest.approx([0.6 / 1.55, 0.25 / 0.45, 0, 0], abs=1e-3)
    assert lift_labels(store, [picture], none_weight=1.0).labels.tolist() == [0, 2, 0, 0]
    with pytest.raises(ShapeError) as error:
        label_votes(store, [])
    assert str(error.value) == "id maps: expected 1 pictures, one per view, got 0"


def test_id_map_takes_the_object_with_most_weight_and_nothing_where_it_is_transparent() -> None:
    labels = np.array([3, 3, 8, 0], np.int32)
    ids = np.array([[[2, 0, 1], [3, 0, -1], [0, -1, -1], [-1, -1, -1]]], np.int32)
    weights = np.array([[[0.4, 0.3, 0.2], [0.6, 0.3, 0], [0.4, 0, 0], [0, 0, 0]]], np.float32)
    drawn = render_id_map(labels, ids, weights, weights.sum(axis=2))
    assert drawn.tolist() == [[3, 0, 0, 0]]
    with pytest.raises(ShapeError):
        render_id_map(labels, ids, weights, np.zeros((2, 2), np.float32))


def test_surfels_are_chosen_by_feature_of_a_surfel_or_of_any_of_several_queries() -> None:
    axes = np.eye(3, dtype=np.float32)[[0, 0, 1, 2]]
    assert select_by_feature(axes, 0).tolist() == [True, True, False, False]
    both = select_by_feature(axes, np.array([[0, 2.0, 0], [0, 0, 0.1]]))
    assert both.tolist() == [False, False, True, True]
    lax = select_by_feature(axes, np.array([1.0, 1.0, 0]), least_cosine=0.7)
    assert lax.tolist() == [True, True, True, False]
    with pytest.raises(ConventionError) as error:
        select_by_feature(axes, np.zeros(3))
    assert str(error.value) == (
        "query: expected a feature, got zeros. Ask where there is a surfel."
    )
    with pytest.raises(ShapeError) as missing:
        select_by_feature(axes, 4)
    assert str(missing.value) == "surfel: expected 0 to 3, got 4"


@pytest.mark.parametrize("factor", [0.01, 1.0, 100.0])
def test_a_click_takes_the_thing_clicked_on_and_not_its_twin(factor: float) -> None:
    twins = joined(sphere(300, center=(-2, 0, 0)), sphere(320, center=(2, 0, 0)))
    other = sphere(200, center=(0, 0, 0.5), radius=0.5, instance=2)
    means = joined(twins, other).means * np.float32(factor)
    features = np.eye(2, dtype=np.float32)[[0] * 620 + [1] * 200]
    ids, weights = np.array([650, 10, 11, -1], np.int32), np.array([0.1, 0.5, 0.3, 0], np.float32)
    chosen = select_at_pixel(means, features, ids=ids, weights=weights)
    assert np.array_equal(np.flatnonzero(chosen), np.arange(300))
    with pytest.raises(ConventionError) as error:
        select_at_pixel(means, features, ids=ids[3:], weights=weights[3:])
    assert str(error.value) == (
        "pixel: expected a surfel, got none. Click on something that is drawn."
    )


def test_groups_of_few_or_equal_points_are_groups() -> None:
    assert point_groups(np.zeros((0, 3))).tolist() == []
    assert point_groups(np.zeros((1, 3))).tolist() == [0]
    assert point_groups(np.zeros((5, 3))).tolist() == [0] * 5


def two_colored_floor(spacing: float = 0.4) -> tuple[SurfelCloud, Views]:
    """Large disks over a border at x = 0.15, seen from above at several angles."""
    floor = plane(4.0, spacing=spacing, overlap=0.45)
    eyes = np.array([[1.5 * np.cos(a), 1.5 * np.sin(a), 3.5] for a in np.arange(6) + 0.2])
    return floor, views_from(eyes, width=120, height=100, focal=110.0)


def border_maps(views: Views, border: float) -> list[NDArray[np.int32]]:
    """Which side of a border on the plane z = 0 each pixel shows: 1 below it, 2 above."""
    result = []
    for camera, pose in views:
        rows, columns = np.indices(camera.size)
        rays = (
            np.stack(
                [
                    (columns + 0.5 - camera.cx) / camera.fx,
                    (rows + 0.5 - camera.cy) / camera.fy,
                    np.ones(camera.size),
                ],
                axis=-1,
            )
            @ pose[:3, :3].T
        )
        x = pose[0, 3] - rays[..., 0] / rays[..., 2] * pose[2, 3]
        result.append(np.where(x < border, 1, 2).astype(np.int32))
    return result


def iou_near_border(
    surfels: SurfelCloud, views: Views, maps: list[NDArray[np.int32]], store: WeightStore
) -> float:
    """Mean share of agreement within 8 pixels of the border, of both sides."""
    assert surfels.instance_id is not None
    values = []
    for view, truth in enumerate(maps):
        drawn = store.draw_labels(view, surfels.instance_id)
        near = np.zeros(truth.shape, bool)
        for shift in range(-8, 9):
            near |= np.roll(truth, shift, axis=1) != truth
        near &= drawn > 0
        for side in (1, 2):
            a, b = (drawn == side) & near, (truth == side) & near
            values.append((a & b).sum() / (a | b).sum())
    return float(np.mean(values))


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_cutting_straddlers_moves_the_drawn_border_to_the_true_one(factor: float) -> None:
    floor, views = two_colored_floor()
    maps = border_maps(views, 0.15)
    floor, views = scaled(floor, factor), scaled_views(views, factor)
    store = store_of(floor, views)
    lifted = lift_labels(store, maps)
    before = floor.with_instances(lifted.labels, lifted.scores)
    flagged = straddles(store, maps)
    x = floor.means[:, 0] / factor
    reach = floor.scales[:, 0] / factor
    assert flagged.any() and (np.abs(x[flagged] - 0.15) < 1.5 * reach[flagged]).all()
    split = split_straddlers(before, store, maps, views, votes=label_votes(store, maps).tocsc())
    after = split.surfels
    assert len(floor) < len(after) <= len(floor) + flagged.sum()
    assert np.array_equal(split.source[: len(floor)], np.arange(len(floor)))
    changed = np.flatnonzero((after.means[: len(floor)] != floor.means).any(axis=1))
    assert np.array_equal(np.sort(split.source[len(floor) :]), changed)
    assert set(changed.tolist()) <= set(np.flatnonzero(flagged).tolist())
    assert np.allclose(after.means[:, 2], 0, atol=1e-4 * factor)
    assert np.abs(np.abs(after.normals()[:, 2]) - 1).max() < 1e-5
    assert after.instance_id is not None
    parts = np.concatenate([changed, np.arange(len(floor), len(after))])
    assert np.array_equal(after.instance_id[parts], 1 + (after.means[parts, 0] / factor > 0.15))
    old = iou_near_border(before, views, maps, store)
    new = iou_near_border(after, views, maps, store_of(after, views))
    assert old < 0.7
    assert new > old + 0.2 and new > 0.85


def test_half_a_disk_keeps_its_length_along_the_border_and_narrows_across_it() -> None:
    disk = surfels_at(np.zeros((1, 3)), np.array([[0.0, 0, 1]]), scale=1.0)
    disk = SurfelCloud(
        disk.means, disk.quats, np.array([[0.6, 1.0]], np.float32), disk.opacities, disk.sh
    )
    views = views_from(np.array([[0.5, 0.3, 6.0]]), width=160, height=160, focal=150.0)
    maps = border_maps(views, 0.0)
    store = store_of(disk, views)
    votes = label_votes(store, maps).tocsc()
    parts = split_straddlers(disk, store, maps, views, votes=votes).surfels
    assert len(parts) == 2
    assert (parts.instance_id is not None and parts.instance_id.tolist() == [1, 2]) or (
        parts.instance_id is not None and parts.instance_id.tolist() == [2, 1]
    )
    # Half a Gaussian has its middle at 0.798 and the spread 0.603 of the whole one.
    assert np.sort(parts.means[:, 0]) == pytest.approx([-0.479, 0.479], abs=0.04)
    assert np.abs(parts.means[:, 1:]).max() < 0.05
    assert np.sort(parts.scales, axis=1) == pytest.approx(np.array([[0.362, 1.0]] * 2), abs=0.04)


def test_pure_surfels_and_disagreeing_masks_are_not_cut() -> None:
    floor, views = two_colored_floor()
    ones = [np.ones(camera.size, np.int32) for camera, _ in views]
    store = store_of(floor, views)
    assert not straddles(store, ones).any()
    rng = np.random.default_rng(0)
    noise = [rng.integers(1, 3, picture.shape).astype(np.int32) for picture in ones]
    assert straddles(store, noise).any()  # no view gives one id most of a disk ...
    split = split_straddlers(floor, store, noise, views, votes=label_votes(store, noise).tocsc())
    assert len(split.surfels) == len(floor)  # ... but the ids do not lie apart on it
    with pytest.raises(ShapeError) as error:
        split_straddlers(floor[:3], store, ones, views, votes=label_votes(store, ones).tocsc())
    assert str(error.value) == (
        f"surfels and views: expected {len(floor)} and 6, as in the store, got 3 and 6"
    )


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConventionError) as error:
        FeatureConfig(dims=0)
    assert str(error.value) == "FeatureConfig.dims: expected 1 or more, got 0"
    with pytest.raises(ConventionError) as error:
        FeatureConfig(temperature=0.01)
    assert str(error.value) == "FeatureConfig.temperature: expected 0.05 or more, got 0.01"
    with pytest.raises(ConventionError) as error:
        FeatureConfig(single_weight=-1)
    assert str(error.value) == "FeatureConfig.single_weight: expected 0 or more, got -1"
    store, picture = grid_store(2)
    with pytest.raises(ShapeError) as shape:
        train_features(store, [picture] * 2, np.zeros(3, np.int32))
    assert str(shape.value) == "labels: expected (72,), got (3,)"
