"""Arithmetic of a stage: asked of the hardware when the stage starts, kept when it resumes."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, Self

import torch
from pydantic import BaseModel, ConfigDict, Field

from ovoz.training.config import TrainingConfig, TrainingPrecision

_RECORD_FILE: Final = "arithmetic.json"

_SMALL: Final = 4_000_000
"""Networks with fewer weights are trained by one thread; ``benchmarks/training_threads.py``."""

_DTYPES: Final = {TrainingPrecision.BF16: torch.bfloat16, TrainingPrecision.FP16: torch.float16}

_log = logging.getLogger(__name__)


class ArithmeticMismatchError(RuntimeError):
    """A stage was started in an arithmetic that this machine does not have."""


class Arithmetic(BaseModel):
    """What decides the rounding of a stage, beside its settings.

    Attributes:
        precision: Of the forward pass; never ``auto``.
        threads: Threads of one operation on the CPU; sums are split among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    precision: TrainingPrecision
    threads: int = Field(ge=1)

    @classmethod
    def choose(cls, config: TrainingConfig, weights: int) -> Self:
        """What ``config`` asks for, with ``auto`` settled for this machine.

        Args:
            config: Settings of training.
            weights: Number of weights of the network.
        """
        precision = config.precision
        if precision is TrainingPrecision.AUTO:
            precision = TrainingPrecision.BF16 if has_bf16() else TrainingPrecision.FP32
        threads = config.threads
        if threads == "auto":
            threads = 1 if weights < _SMALL else torch.get_num_threads()
        return cls(precision=precision, threads=threads)

    @classmethod
    def settle(cls, config: TrainingConfig, weights: int, folder: Path) -> Self:
        """The arithmetic of the stage in ``folder``: as recorded there, or else chosen now.

        Whoever comes first records its choice for all: several processes train one stage, and
        weights must not depend on where a stage was resumed.

        Args:
            config: Settings of training.
            weights: Number of weights of the network.
            folder: Folder of the stage; created when missing.

        Raises:
            ArithmeticMismatchError: The stage was started in bf16 and this machine has none.
        """
        chosen = cls.choose(config, weights)
        recorded = cls.model_validate_json(_record(folder, chosen.model_dump_json(indent=1)))
        if recorded != chosen:
            _log.warning(
                "%s continues as it was started: %s (this machine would take %s)",
                folder.name, recorded, chosen,
            )  # fmt: skip
        if recorded.precision is TrainingPrecision.BF16 is not chosen.precision:
            raise ArithmeticMismatchError(
                f"{folder} was started in bf16, and this machine has no bf16 hardware: continue"
                " on a machine that has, or remove the folder to train the stage anew in"
                f" {chosen.precision}"
            )
        return recorded

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Torch uses the threads inside the block, and its former ones after it."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def __str__(self) -> str:
        return f"{self.precision}, {self.threads} thread{'s' * (self.threads > 1)}"


def autocast(precision: TrainingPrecision, device: torch.device) -> torch.autocast:
    """Context in which the forward pass has a precision, which is not ``auto``."""
    dtype = _DTYPES.get(precision)
    return torch.autocast(device.type, dtype, enabled=dtype is not None)


def has_bf16() -> bool:
    """Whether the device that trains multiplies bf16 in hardware."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return _cpu_has_bf16()


def _cpu_has_bf16() -> bool:
    """A CPU without AVX-512 BF16 or AMX emulates bf16, 10 to 20 times slower than fp32."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _record(folder: Path, text: str) -> str:
    """Write ``text`` as the record of a stage unless it has one; returns the record."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _RECORD_FILE
    with NamedTemporaryFile("w", dir=folder, encoding="utf-8") as unfinished:
        unfinished.write(text)
        unfinished.flush()
        with suppress(FileExistsError):
            os.link(unfinished.name, path)
    return path.read_text(encoding="utf-8")
