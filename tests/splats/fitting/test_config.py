"""Settings of a fit, and its presets."""

from __future__ import annotations

import pytest

from scenewright.core import ConventionError, UnknownNameError
from scenewright.splats.fitting.config import DensifyConfig, FitConfig, fit_preset


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FitConfig(num_steps=0), "FitConfig.num_steps: expected 1 or more, got 0"),
        (lambda: FitConfig(sh_degree=4), "FitConfig.sh_degree: expected 0 to 3, got 4"),
        (
            lambda: FitConfig(densify=DensifyConfig(gradient=-1.0)),
            "DensifyConfig.gradient: expected a number, 0 or more, got -1.0",
        ),
        (
            lambda: FitConfig(resolutions=((0.5, 1),)),
            "FitConfig.resolutions: expected increasing shares, starting at 0, each with a divisor "
            "of 1 or more, got ((0.5, 1),)",
        ),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(make: object, message: str) -> None:
    with pytest.raises(ConventionError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_unknown_preset() -> None:
    with pytest.raises(UnknownNameError) as caught:
        fit_preset("quick")
    assert str(caught.value) == (
        "Fit preset 'quick': expected one of preview, default, best, got 'quick'"
    )
    config = FitConfig(num_steps=7)
    assert fit_preset(config) is config and fit_preset(config, num_steps=9).num_steps == 9
    with pytest.raises(ConventionError) as wrong:
        fit_preset(DensifyConfig())  # type: ignore[arg-type]
    assert str(wrong.value) == "Fit preset: expected a name or a FitConfig, got DensifyConfig"
