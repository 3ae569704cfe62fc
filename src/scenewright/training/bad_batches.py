"""Batches whose loss is not finite: named, skipped, counted; too many of them end the training."""

from __future__ import annotations

import logging
import math

from scenewright.core import ConventionError

MOST = 10
"""Skipped batches after which training stops."""

logger = logging.getLogger("scenewright.training")


class BadBatches:
    """Counts the skipped batches of a run.

    Attributes:
        names: What was skipped, in order.
    """

    def __init__(self) -> None:
        self.names: list[str] = []

    def refuses(self, loss: float, name: str) -> bool:
        """Whether a batch must be skipped because its loss is not finite.

        Args:
            loss: Loss of the batch.
            name: Name of the batch for messages, such as its step and samples.

        Raises:
            ConventionError: It is the tenth.
        """
        if math.isfinite(loss):
            return False
        self.names.append(name)
        logger.warning("skipped %s: its loss is %s (%d skipped)", name, loss, len(self.names))
        if len(self.names) >= MOST:
            raise ConventionError(
                "Losses", expected=f"fewer than {MOST} batches whose loss is not finite",
                got=f"{len(self.names)}, the last of {name}",
                do="Check the named samples, or lower the learning rate; the last checkpoint is "
                "from before.",
            )  # fmt: skip
        return True
