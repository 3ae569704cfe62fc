"""Which devices compute with bfloat16 quickly."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from scenewright.training.precision import fast_bfloat16  # noqa: E402


def test_a_cpu_is_asked_and_others_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fast_bfloat16("cuda:0")
    for supported in (True, False):
        monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda s=supported: s)
        assert fast_bfloat16("cpu") is supported
