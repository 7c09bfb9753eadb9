"""Sockets of a built Bento as a real process."""

import signal
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from bentos.asr.smoke import served
from ovoz.audio.signal import Samples
from tests.service.processes import supervisor_of

from .live.clients import Client

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Three seconds that Silero's network takes for speech."""
    pytest.importorskip("espeakng_loader", reason="speech needs the training extra")
    from ovoz.corpus.synthetic.speech import Speaker
    from ovoz.corpus.synthetic.voices import cast

    said = Speaker().say("salom bank kredit nomer salom bank", cast(0, 1)[0][0])
    return np.concatenate([np.zeros(8_000, np.float32), said])


def final_end_s(client: Client) -> float:
    """Where the last final ends."""
    return [one["end_s"] for one in client.messages if one["type"] == "final"][-1]


def test_sigterm_sends_the_finals_before_1012(tag: str, home: Path, speech: Samples) -> None:
    with served(tag, home, environment={"OVOZ_LOG_LEVEL": "INFO"}) as url:
        whole = Client(url)
        whole.start()
        whole.send(speech)
        whole.say(type="stop")
        whole.hear_out()
        assert whole.close_code == 1000
        cut = Client(url)
        cut.start()
        cut.send(speech)
        time.sleep(0.2)
        figures = httpx.get(f"{url}/metrics", trust_env=False).text
        assert 'asr_active_connections{kind="socket"} 1.0' in figures
        supervisor_of(url).send_signal(signal.SIGTERM)
        cut.hear_out()
        assert cut.close_code == 1012
        # Where a network of random weights ends its segments depends on when its drafts were due.
        assert cut.words
        assert (
            final_end_s(cut) == final_end_s(whole) == pytest.approx(len(speech) / 16_000, abs=2e-3)
        )
