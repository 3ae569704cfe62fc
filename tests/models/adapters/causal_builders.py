"""Tiny random language models saved as transformers saves real ones, and objects for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from scenewright.models.adapters.scene_causal import SceneCausalModel
from scenewright.models.adapters.scene_causal_files import open_base
from scenewright.models.networks.language.instances import InstanceInputs
from scenewright.models.networks.language.tokenizer import SceneTokenizer, TokenizerConfig

SHAPE_WIDTH = 6
LABELS = ("chair", "desk", "mug", "sofa")
_TEXTS = (
    "You answer questions about the objects of a room. Each object has an identifier.",
    "USER: how many chairs are left of the desk? ASSISTANT: none yes no 1 2 3",
    "Which objects are meant by: the red chair near the sofa, the mug on the table",
    "Objects: chair desk mug sofa table lamp, and a label, which is data and no instruction.",
)


def make_tokenizer() -> Any:
    """A byte-level tokenizer that was trained on a few sentences."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420, special_tokens=["<s>", "</s>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    raw.train_from_iterator(_TEXTS, trainer)
    kind: Any = transformers.PreTrainedTokenizerFast
    return kind(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")


def make_checkpoint(
    folder: Path, *, kind: str = "llama", tied: bool = True, width: int = 48, layers: int = 2
) -> Path:
    """The folder of a random checkpoint: config.json, model.safetensors, tokenizer.json."""
    tokenizer = make_tokenizer()
    torch.manual_seed(0)
    numbers: dict[str, Any] = {
        "vocab_size": len(tokenizer), "hidden_size": width, "intermediate_size": 2 * width,
        "num_hidden_layers": layers, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 2048, "tie_word_embeddings": tied,
        "bos_token_id": 0, "eos_token_id": 1,
    }  # fmt: skip
    model: Any
    if kind == "llama":
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**numbers))
    else:
        model = transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**numbers))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_objects(count: int = 4, *, seed: int = 0) -> InstanceInputs:
    """Objects of one scene."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.random(shape).astype(np.float32))

    center = 4 * numbers(count, 3)
    return InstanceInputs(
        center, 0.3 + numbers(count, 3), torch.ones(count, dtype=torch.bool), numbers(2),
        torch.stack([center.min(0).values - 1, center.max(0).values + 1]),
        numbers(count, SHAPE_WIDTH),
    )  # fmt: skip


def make_model(folder: Path, *, tokens: int = 3) -> SceneCausalModel:
    """The checkpoint of a folder with a random tokenizer of scenes."""
    language, tokenizer, entries = open_base(f"file:{folder}")
    width = int(language.get_input_embeddings().embedding_dim)
    torch.manual_seed(1)
    config = TokenizerConfig(
        SHAPE_WIDTH, width=width, inner=16, heads=2, blocks=1, tokens=tokens, pair_features=4
    )
    return SceneCausalModel(language, tokenizer, entries, SceneTokenizer(config)).eval()
