"""Tables of the time and memory of stages."""

from __future__ import annotations

from scenewright.metrics import format_stages
from scenewright.runs.timing import StageCost


def test_stage_table() -> None:
    assert format_stages({"fit": StageCost(61.25, 800), "mesh": StageCost(2, None)}) == (
        "stage  seconds  peak MB\n"
        "-----  -------  -------\n"
        "fit       61.2      800\n"
        "mesh       2.0        -\n"
        "all       63.2      800"
    )
    assert format_stages({}).splitlines()[-1].split() == ["all", "0.0", "-"]
