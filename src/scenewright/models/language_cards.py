"""Facts about the models of language."""

from __future__ import annotations

from scenewright.models.model_card import ModelCard

_SYMBOLIC = ModelCard(
    name="lm/symbolic",
    slot="SceneLanguage",
    description="Answers questions by rules and soft programs, and says how. Needs no weights.",
    source="written for Scenewright",
    code_license="Apache-2.0",
    input="a scene; names of objects where they are known",
    speed="about 1 ms per question on a scene of 60 objects, one core of an AMD EPYC",
)

_NANO = ModelCard(
    name="lm/nano",
    slot="SceneLanguage",
    description=(
        "A small network that points at objects, answers in words, and says if nothing matches. "
        "Taught on synthetic worlds alone; names and colors are looked up. Its weights are in the "
        "wheel."
    ),
    source="written for Scenewright; trained by 'scenewright train language'",
    code_license="Apache-2.0",
    weights="builtin:lm-nano",
    weights_sha256="d2ba01469f6ff882bbfb8056d9a3ddf511ae9bb14ea2863992caec8ac041c29a",
    weights_license="Apache-2.0",
    extra="torch",
    input="a scene; names of objects where they are known",
    speed="about 20 ms per question on a scene of 60 objects, one core of an AMD EPYC",
    paper="Inst3D-LMM (Yu et al., CVPR 2025), made small",
)

_HF_LANGUAGE = ModelCard(
    name="lm/hf",
    slot="SceneLanguage",
    description=(
        "Any causal language model of transformers that was trained to read scenes: objects are "
        "identifiers and vectors, and only objects of the scene can be pointed at."
    ),
    source="written for Scenewright from the papers; wraps AutoModelForCausalLM and peft",
    code_license="Apache-2.0",
    input="a scene; names of objects where they are known",
    speed="not measured: no trained weights are offered",
    extra="lora",
    needs_files=True,
    paper="Yu et al., Inst3D-LMM, CVPR 2025; Huang et al., Chat-Scene, NeurIPS 2024",
)

LANGUAGE_CARDS = (_SYMBOLIC, _NANO, _HF_LANGUAGE)
"""Cards of the models of language."""
