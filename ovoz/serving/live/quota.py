"""Seconds of audio of a socket, counted while they come in."""

from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.serving.middleware.rate_limit import Rates
from ovoz.serving.telemetry.usage import RequestUsage

_STEP_S: Final = 1.0


class AudioQuota:
    """Spends a caller's seconds of audio, whole ones.

    Args:
        rates: The limits; None where there are none.
        caller: Whose seconds.
        usage: What the session has used so far.
    """

    def __init__(self, rates: Rates | None, caller: str, usage: RequestUsage) -> None:
        self._rates = rates
        self._caller = caller
        self._usage = usage
        self._spent_s: Seconds = usage.audio_s

    async def spend(self) -> None:
        """Count what came in since.

        Raises:
            ProblemError: 429, the caller's seconds are used up.
        """
        whole = int((self._usage.audio_s - self._spent_s) / _STEP_S)
        if self._rates is not None and whole:
            self._spent_s += whole * _STEP_S
            await self._rates.spend_audio(self._caller, whole)
