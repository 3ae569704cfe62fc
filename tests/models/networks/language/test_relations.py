"""Attention between objects, and over the pictures of one."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.models.networks.language.relations import (  # noqa: E402
    PairNetwork,
    RelationBlock,
    ViewPooling,
)


def block(relation: str) -> RelationBlock:
    torch.manual_seed(0)
    found = RelationBlock(8, 2, 3, relation).eval()  # type: ignore[arg-type]
    for parameter in found.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return found


X, PAIRS, KNOWN = torch.randn(1, 4, 8), torch.randn(1, 4, 4, 3), torch.ones(1, 4).bool()


def test_blocks_start_as_the_identity_but_for_the_pairs() -> None:
    assert torch.equal(RelationBlock(8, 2, 3)(X, PAIRS, KNOWN), X)


@pytest.mark.parametrize(("relation", "depends"), [("off", 0), ("bias", 1), ("values", 1)])
def test_pairs_count_unless_they_are_off(relation: str, depends: int) -> None:
    changed = PAIRS.clone()
    changed[0, 2, 1] += 2
    difference = block(relation)(X, changed, KNOWN) - block(relation)(X, PAIRS, KNOWN)
    assert (difference[0, 2].abs().max() > 1e-3) == bool(depends)
    assert not difference[0, [0, 1, 3]].any()


def test_only_values_tell_a_place_that_all_share() -> None:
    """The same summand of all logits changes no weights."""
    same = PAIRS + 1
    for relation, is_seen in (("bias", False), ("values", True)):
        difference = block(relation)(X, same, KNOWN) - block(relation)(X, PAIRS, KNOWN)
        assert (difference.abs().max() > 1e-3) == is_seen


def test_pairs_keep_their_numbers() -> None:
    found = PairNetwork(3, 5)(PAIRS)
    assert found.shape == (1, 4, 4, 8) and torch.equal(found[..., :3], PAIRS)


def test_without_pictures_only_the_learned_entry_is_left() -> None:
    torch.manual_seed(0)
    pool = ViewPooling(8, 6, 2, 3)
    facts = torch.zeros(1, 4, 2)
    found = pool(X, torch.randn(1, 4, 2, 6), facts.bool(), facts.long(), facts)
    assert torch.allclose(found, pool.out(pool.extra[1]).expand_as(found), atol=1e-6)
