"""The contrastive loss against torch and central differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenewright.splats.features.contrast import contrastive_loss
from tests.splats.features.feature_builders import unit_rows


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
    found = contrastive_loss(features, classes, num_classes=5, temperature=temperature)
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
    assert found.value == pytest.approx(loss.item(), rel=1e-10, abs=1e-12)
    assert np.allclose(found.gradient, f.grad.numpy(), atol=1e-12)
    present = [k for k in range(5) if k in means]
    assert np.allclose(found.spread[present], spreads)
