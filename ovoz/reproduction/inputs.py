"""What decides the bytes and the figures of a version; recorded when it is registered."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

import ovoz
from ovoz.code_closure import digest_code
from ovoz.profile import Profile
from ovoz.reproduction.libraries import list_libraries
from ovoz.reproduction.processor import describe_arithmetic_unit
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.learning_curve import LearningCurve

_WITHOUT_EFFECT: Final = {"registry", "remote", "monitoring"}
"""Parts of a profile that decide no result; what signs in to a server may be among them."""

_DIGITS: Final = 16


class VersionInputs(BaseModel):
    """The inputs of a version.

    Attributes:
        commit: Of the code, for people.
        code: Digest of each file of the code that decides results, by its path from the root of
            the checkout. Comments and layout of Python do not count.
        data: DVC's hash of the corpus.
        profile: The profile with its placeholders filled, but for the parts without effect.
        arithmetic: Precision and threads of each stage of the training.
        libraries: Versions of Python and of the distributions that training needs.
        processor: The processor that registered the version, and which kernels torch took there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str
    code: dict[str, str]
    data: str
    profile: dict[str, Any]
    arithmetic: dict[str, Arithmetic]
    libraries: dict[str, str]
    processor: str

    @classmethod
    def gather(
        cls, profile: Profile, files: Mapping[str, str], data: str, course: LearningCurve,
        commit: str,
    ) -> Self:  # fmt: skip
        """The inputs of the version that this process registers.

        Args:
            profile: Of the run.
            files: Digests of the code, by :func:`digest_files`.
            data: DVC's hash of the corpus.
            course: Of the training.
            commit: Of the code.
        """
        return cls(
            commit=commit,
            code=dict(files),
            data=data,
            profile=select_effective(profile),
            arithmetic={stage.stage: stage.arithmetic for stage in course.stages},
            libraries=list_libraries(),
            processor=describe_arithmetic_unit(),
        )


def select_effective(profile: Profile) -> dict[str, Any]:
    """The parts of a profile that decide results, as JSON has them."""
    return profile.model_dump(mode="json", exclude=_WITHOUT_EFFECT)


def code_root() -> Path:
    """The folder that ``ovoz``, ``steps`` and ``pipelines`` lie in."""
    return Path(ovoz.__file__).resolve().parents[1]


def digest_files(files: Iterable[Path], root: Path) -> dict[str, str]:
    """Digest of each file, by its path below ``root``, or its whole path where it lies elsewhere.

    A file that is not there has an empty digest.
    """
    return {
        str(path.relative_to(root) if path.is_relative_to(root) else path): _digest(path)
        for path in files
    }


def _digest(path: Path) -> str:
    return digest_code([path])[:_DIGITS] if path.is_file() else ""
