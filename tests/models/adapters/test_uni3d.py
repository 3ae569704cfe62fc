"""Uni3D: tiny random checkpoints in the published form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from scenewright.core import ConventionError, WeightsError  # noqa: E402
from scenewright.models import PointEncoder, create  # noqa: E402
from scenewright.models.networks.uni3d import Uni3DConfig, Uni3DNetwork  # noqa: E402
from scenewright.pipelines.sources.instance_features import instance_features  # noqa: E402
from tests.language.language_builders import make_room  # noqa: E402

CONFIG = Uni3DConfig(
    width=24, depth=2, heads=4, feed=40, patch=16, dim=12, groups=8, group_size=6
)  # fmt: skip
OPTIONS = {"heads": 4, "groups": 8, "group_size": 6}


def tensors(prefix: str = "module.point_encoder.") -> dict[str, Any]:
    """As published: with a prefix, and with parts of the image transformer that are not used."""
    torch.manual_seed(0)
    found = {prefix + name: value for name, value in Uni3DNetwork(CONFIG).state_dict().items()}
    start = prefix.removesuffix("point_encoder.")
    return {
        **found, f"{start}logit_scale": torch.ones(()),
        f"{prefix}visual.patch_embed.proj.weight": torch.zeros(24, 3, 14, 14),
        f"{prefix}visual.head.weight": torch.zeros(2, 24),
    }  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("uni3d") / "model.pt"
    torch.save({"module": tensors(), "epoch": 3}, found)
    return found


@pytest.fixture(scope="module")
def encoder(path: Path) -> PointEncoder:
    found = create("points/uni3d", weights=f"file:{path}", allow_pickles=True, **OPTIONS)
    assert isinstance(found, PointEncoder)
    return found


def test_a_scene_has_vectors(encoder: PointEncoder, path: Path) -> None:
    scene = make_room()
    found = encoder.vectors(scene)
    assert set(found) == set(range(2, 12)) and encoder.dim == 12
    assert np.allclose(np.linalg.norm(np.stack(list(found.values())), axis=1), 1, atol=1e-5)
    assert encoder.source == f"points/uni3d {path}"
    features = instance_features(scene, shapes=encoder)
    assert features.shape_model == "points/uni3d" and features.shape.shape == (10, 12)
    assert np.allclose(features.shape[0], found[2])


def test_vectors_do_not_depend_on_place_size_and_order(path: Path) -> None:
    encoder = create("points/uni3d", weights=str(path), allow_pickles=True, **OPTIONS)
    rng = np.random.default_rng(0)
    points, colors = rng.normal(size=(60, 3)), rng.integers(0, 256, (60, 3)).astype(np.uint8)
    first = encoder.encode(points, colors)
    assert np.allclose(encoder.encode(3 * points + 7, colors), first, atol=1e-4)
    assert np.abs(encoder.encode(points, colors[::-1]) - first).max() > 1e-3
    assert np.isfinite(encoder.encode(points[:3])).all()


def test_a_patch_has_the_nearest_points_and_centers_are_far_apart() -> None:
    from scenewright.models.networks.uni3d import patches_of

    points = torch.tensor([[[0.0, 0, 0], [0.1, 0, 0], [5, 0, 0], [5.1, 0, 0]]])
    centers, patches = patches_of(points, points, groups=2, size=2)
    assert centers[0, :, 0].tolist() == pytest.approx([0.0, 5.1])
    assert sorted(patches[0, 1, :, 0].tolist()) == pytest.approx([-0.1, 0.0], abs=1e-5)
    assert sorted(patches[0, 1, :, 3].tolist()) == pytest.approx([5.0, 5.1])


def test_attention_is_that_of_its_formula() -> None:
    torch.manual_seed(1)
    block: Any = Uni3DNetwork(CONFIG).visual.blocks[0].attn
    torch.nn.init.normal_(block.q_bias)
    torch.nn.init.normal_(block.v_bias)
    x = torch.randn(1, 5, 24)
    q, k, v = (x @ block.qkv.weight.T).chunk(3, -1)
    q, v = q + block.q_bias, v + block.v_bias
    heads = []
    for part in range(4):
        rows = slice(6 * part, 6 * part + 6)
        weights = (q[..., rows] @ k[..., rows].transpose(1, 2) / 6**0.5).softmax(-1)
        heads.append(weights @ v[..., rows])
    assert torch.allclose(block(x), block.proj(torch.cat(heads, -1)), atol=1e-5)


def test_checkpoints_are_read_in_each_form(tmp_path: Path, encoder: PointEncoder) -> None:
    plain = tmp_path / "model.safetensors"
    save_file(tensors("point_encoder."), plain)
    other = create("points/uni3d", weights=str(plain), **OPTIONS)
    scene = make_room()
    assert np.allclose(other.vectors(scene)[3], encoder.vectors(scene)[3], atol=1e-5)


def test_other_files_are_refused(tmp_path: Path, path: Path) -> None:
    def make(weights: Path, **options: object) -> None:
        create("points/uni3d", weights=str(weights), **{**OPTIONS, **options})

    with pytest.raises(WeightsError, match="no file"):
        make(tmp_path / "none.pt")
    with pytest.raises(WeightsError, match="are refused"):
        make(path)
    broken = tmp_path / "broken.pt"
    broken.write_bytes(path.read_bytes()[:500])
    with pytest.raises(WeightsError, match="a checkpoint of Uni3D-g"):
        make(broken, allow_pickles=True)
    wrong = {name: value for name, value in tensors().items() if "q_bias" not in name}
    torch.save({"module": wrong}, broken)
    with pytest.raises(WeightsError, match=r"blocks\.0\.attn\.q_bias"):
        make(broken, allow_pickles=True)
    torch.save({"module": {}}, broken)
    with pytest.raises(WeightsError, match="got none"):
        make(broken, allow_pickles=True)
    with pytest.raises(ConventionError, match="heads"):
        make(path, heads=5, allow_pickles=True)
