"""Training of features, on scenes whose objects are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenewright.core import ConventionError, ShapeError
from scenewright.splats.features.prototypes import assign_prototypes, mean_prototypes
from scenewright.splats.features.training import (
    FeatureConfig,
    compact,
    starting_features,
    train_features,
)
from scenewright.splats.lifting.votes import lift_labels
from tests.splats.features.feature_builders import grid_store


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
    similarity = np.einsum("nd,nd->n", trained.features, prototypes.features[labels - 1])
    tightness = np.array([similarity[labels == k].mean() for k in range(1, num + 1)])
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


@given(st.lists(st.integers(0, 60), min_size=1, max_size=50))
def test_compacting_keeps_order_and_leaves_no_gaps(labels: list[int]) -> None:
    given_labels = np.array(labels, np.int32)
    classes, num = compact(given_labels)
    assert sorted(set(classes.tolist())) == list(range(num))
    assert np.array_equal(np.unique(given_labels)[classes], given_labels)


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
