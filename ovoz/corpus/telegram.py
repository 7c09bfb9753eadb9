"""The export of the Telegram bot that collects voices.

``<path>/contributions.jsonl`` has one contribution a line, ``<path>/audio`` the voice messages.
``docs/data.md`` lists the fields.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ovoz.corpus.manifest import Dialect, ManifestError
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig


class Contribution(BaseModel):
    """One voice message and what was asked to be read.

    ``speaker`` is a pseudonym that the bot made. ``consent`` names the version of the text that the
    speaker agreed to; it is None after a withdrawal. ``accepted`` and ``rejected`` count the
    reviews of other users; where they did not agree, a moderator decided (``moderated``).
    ``licence`` is the speaker's choice; where it is empty, that of the settings holds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    audio: Path
    text: str
    speaker: str = Field(min_length=1)
    dialect: Dialect = Dialect.UNKNOWN
    consent: str | None = None
    accepted: int = Field(default=0, ge=0)
    rejected: int = Field(default=0, ge=0)
    moderated: bool = False
    licence: str = ""


class TelegramConfig(RecordingsConfig):
    """Contributions with the consent ``consent`` and enough good reviews."""

    source: Literal["telegram"] = "telegram"
    licence: str = "internal"
    min_accepted: int = Field(default=2, ge=0)

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"telegram:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """All contributions; those without consent or enough good reviews are refused."""
        for where, one in self._contributions():
            yield Recording(
                name=one.id,
                audio=locate_file(self.path / "audio", str(one.audio)),
                text=one.text,
                where=where,
                speaker=one.speaker,
                dialect=one.dialect,
                licence=one.licence,
                refused=self._refusal(one),
            )

    def _refusal(self, contribution: Contribution) -> str:
        if contribution.consent != self.consent:
            return f"no consent to {self.consent!r}: {contribution.consent!r}"
        accepted, rejected = contribution.accepted, contribution.rejected
        reviewed = accepted >= self.min_accepted and accepted > rejected
        return (
            ""
            if reviewed or contribution.moderated
            else f"{accepted} good reviews, {rejected} bad ones"
        )

    def _contributions(self) -> Iterator[tuple[str, Contribution]]:
        path = self.path / "contributions.jsonl"
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, start=1):
                    yield f"{path}: line {number}", Contribution.model_validate_json(line)
        except (OSError, UnicodeDecodeError) as error:
            raise ManifestError(f"{path}: not a readable export: {error}") from error
        except ValidationError as error:
            raise ManifestError(f"{path}: line {number}: {error}") from error
