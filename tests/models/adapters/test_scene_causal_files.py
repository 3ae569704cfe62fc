"""What training leaves: LoRA and the rows of identifiers, which alone were trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from scenewright.core import OutputError, WeightsError  # noqa: E402
from scenewright.models.adapters.scene_causal import SceneCausalModel  # noqa: E402
from scenewright.models.adapters.scene_causal_files import (  # noqa: E402
    ABOUT,
    open_base,
    read_scene_language,
    with_lora,
    write_scene_language,
)
from tests.models.adapters.causal_builders import (  # noqa: E402
    LABELS,
    make_checkpoint,
    make_model,
    make_objects,
)


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("base"), tied=request.param)


def adapted(base: Path) -> SceneCausalModel:
    model = make_model(base)
    model.language = with_lora(model.language, model.entries, rank=4, alpha=8, dropout=0.0)
    return model


def logits(model: SceneCausalModel) -> Any:
    with torch.no_grad():
        vectors = model.embedded(model.prompt(LABELS, (0, 1, 2, 3)), make_objects())
        ids, known = model.padded([model.tokenizer("USER: the mug")["input_ids"]])
        return model.continued(model.shared(vectors), ids, known)[0]


def test_only_rows_of_identifiers_and_lora_are_trained(base: Path) -> None:
    model = adapted(base)
    names = [name for name, one in model.language.named_parameters() if one.requires_grad]
    others = [name for name in names if "lora_" not in name]
    assert others and all("trainable_tokens_delta" in name for name in others)
    table = model.language.get_input_embeddings()
    before = table(torch.arange(len(model.tokenizer))).detach().clone()
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=5.0)
    out = model.language(input_ids=torch.tensor([[model.entries[0], 5, 6, model.entries[3]]]))
    out.logits[0, 1, model.entries[1]].backward()
    optimizer.step()
    changed = (table(torch.arange(len(model.tokenizer))) - before).abs().amax(dim=1) > 0
    rows = set(torch.nonzero(changed).flatten().tolist())
    assert rows and rows <= set(model.entries)


def test_a_folder_gives_the_model_back(base: Path, tmp_path: Path) -> None:
    model = adapted(base)
    for one in model.language.parameters():
        if one.requires_grad:
            torch.nn.init.normal_(one, std=0.05)
    model.eval()
    folder = tmp_path / "trained"
    write_scene_language(folder, model, base=f"file:{base}", facts={"step": 3})
    assert json.loads((folder / ABOUT).read_text())["training"] == {"step": 3}
    again = read_scene_language(folder)
    assert torch.allclose(logits(again), logits(model), atol=1e-5)
    assert not torch.allclose(logits(again), logits(make_model(base)), atol=1e-2)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_000_000
    write_scene_language(folder, model, base=f"file:{base}", facts={"step": 4})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("keep")
    with pytest.raises(OutputError):
        write_scene_language(tmp_path / "mine", model, base=f"file:{base}", facts={})
    moved = tmp_path / "moved"
    shutil.copytree(base, moved)
    assert torch.allclose(logits(read_scene_language(folder, base=f"file:{moved}")), logits(model))


def test_damage_is_told(base: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=ABOUT):
        read_scene_language(tmp_path)
    folder = tmp_path / "trained"
    write_scene_language(folder, adapted(base), base=f"file:{base}", facts={})
    (folder / "scene_tokenizer.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="tokenizer of scenes"):
        read_scene_language(folder)
    about = json.loads((folder / ABOUT).read_text())
    (folder / ABOUT).write_text(json.dumps({**about, "version": 99}))
    with pytest.raises(WeightsError, match="99"):
        read_scene_language(folder)


def test_a_checkpoint_without_a_tokenizer(base: Path, tmp_path: Path) -> None:
    shutil.copytree(base, tmp_path / "mute")
    for path in (tmp_path / "mute").glob("tokenizer*"):
        path.unlink()
    with pytest.raises(WeightsError, match="tokenizer"):
        open_base(f"file:{tmp_path / 'mute'}")
