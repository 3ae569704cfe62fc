"""What a training of a language model on scenes leaves: LoRA, identifiers, tokenizer of scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from scenewright.core import WeightsError, require
from scenewright.io.atomic import atomic_folder
from scenewright.models.adapters._checkpoints import Checkpoint, load_model, load_tokenizer
from scenewright.models.adapters.scene_causal import SceneCausalModel
from scenewright.models.adapters.scene_prompt import add_identifiers
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig
from scenewright.models.weights import resolve_weights

NAME = "lm/hf"
ABOUT = "scene_language.json"
FORMAT = "scenewright-scene-language"
VERSION = 1
_SCENES = "scene_tokenizer.safetensors"
_ADAPTER = "adapter"


def open_base(
    base: str, *, device: str = "cpu", dtype: str = "float32"
) -> tuple[Any, Any, list[int]]:
    """A language model of transformers with identifiers in its vocabulary.

    Args:
        base: Reference of its checkpoint, see `resolve_weights`.
        device: Torch device.
        dtype: float32, bfloat16 or float16.

    Returns:
        The model, its tokenizer, and the entries of the identifiers.

    Raises:
        WeightsError: The checkpoint is missing, damaged, or no language model with a tokenizer.
    """
    local = resolve_weights(base, backend=NAME)
    folder = local.path.parent if local.path.is_file() else local.path
    checkpoint = Checkpoint(folder, local, {})
    model = load_model("AutoModelForCausalLM", checkpoint, device=device, dtype=dtype)
    tokenizer = load_tokenizer(checkpoint)
    if tokenizer.eos_token_id is None:
        raise WeightsError(
            f"The tokenizer of {base}", expected="a mark of the end of a text", got="none",
            do="Name it in tokenizer_config.json as eos_token.",
        )  # fmt: skip
    entries = add_identifiers(tokenizer)
    rows = int(model.get_input_embeddings().num_embeddings)
    if len(tokenizer) > rows:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    return model, tokenizer, entries


def with_lora(model: Any, entries: list[int], *, rank: int, alpha: int, dropout: float) -> Any:
    """The model with LoRA on all linear layers (Hu et al., ICLR 2022), and the rows of identifiers.

    Of the table of embeddings, and of the output layer if it is another, only these rows are
    trained.

    Raises:
        MissingExtraError: peft is not installed.
    """
    peft: Any = require("peft", extra="lora")
    rows = {_embedding_name(model): entries}
    if not model.config.tie_word_embeddings:
        rows["lm_head"] = entries
    config = peft.LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules="all-linear",
        trainable_token_indices=rows, task_type="CAUSAL_LM",
    )  # fmt: skip
    return peft.get_peft_model(model, config)


def write_scene_language(
    folder: Path, model: SceneCausalModel, *, base: str, facts: Mapping[str, Any]
) -> None:
    """Writes what was trained, atomically; the base model is only named.

    Args:
        folder: Replaced if it holds an older one.
        model: With LoRA.
        base: Reference of the base model.
        facts: JSON values about the training.

    Raises:
        OutputError: The folder holds something else, or cannot be written.
    """
    about = {
        "format": FORMAT, "version": VERSION, "base": base, "training": dict(facts),
        "scenes": asdict(model.scenes.config),
    }  # fmt: skip
    tensors = {name: one.contiguous().cpu() for name, one in model.scenes.state_dict().items()}
    with atomic_folder(folder, overwrite=True, marker=ABOUT, marker_format=FORMAT) as inside:
        (inside / ABOUT).write_text(json.dumps(about, indent=1) + "\n", "utf-8")
        (inside / _SCENES).write_bytes(save(tensors))
        model.language.save_pretrained(
            inside / _ADAPTER, safe_serialization=True, save_embedding_layers=False
        )


def read_scene_language(
    folder: Path, *, base: str | None = None, device: str = "cpu", dtype: str = "float32"
) -> SceneCausalModel:
    """The model of a folder of `write_scene_language`, for use.

    Args:
        folder: The folder.
        base: Reference of the base model; None = the one that it names.
        device: Torch device.
        dtype: float32, bfloat16 or float16.

    Raises:
        WeightsError: The folder or the base model is missing or damaged, or they do not fit.
        MissingExtraError: peft is not installed.
    """
    about = _about(folder)
    language, tokenizer, entries = open_base(base or about["base"], device=device, dtype=dtype)
    peft: Any = require("peft", extra="lora")
    scenes = SceneTokenizer(TokenizerConfig(**about["scenes"]))
    try:
        with safe_open(folder / _SCENES, framework="pt") as file:
            scenes.load_state_dict({name: file.get_tensor(name) for name in file.keys()})
        language = peft.PeftModel.from_pretrained(language, folder / _ADAPTER)
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise WeightsError(
            f"{folder}", expected="LoRA and a tokenizer of scenes for this language model",
            got=str(error).splitlines()[0][:120],
        ) from error  # fmt: skip
    model = SceneCausalModel(language, tokenizer, entries, scenes.to(torch.device(device)))
    return model.eval()


def _about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    wanted = f"a folder that 'train lora' wrote, with {ABOUT}"
    if not path.is_file():
        got = "a folder without it" if folder.is_dir() else "no such folder"
        raise WeightsError(f"{folder}", expected=wanted, got=got)
    try:
        about = json.loads(path.read_text("utf-8"))
        is_right = (about["format"], about["version"]) == (FORMAT, VERSION)
        TokenizerConfig(**about["scenes"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{folder}", expected=wanted, got=str(error)[:80]) from error
    if not is_right:
        raise WeightsError(
            f"{path}", expected=f"{FORMAT} {VERSION}", got=f"{about['format']} {about['version']}"
        )
    found: dict[str, Any] = about
    return found


def _embedding_name(model: Any) -> str:
    """Name of the table of embeddings, as PEFT wants it."""
    table = model.get_input_embeddings()
    found: str = next(
        name.rpartition(".")[2] for name, module in model.named_modules() if module is table
    )
    return found
