"""SIGTERM with sockets open: the finals of everything received come first, then 1012."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from ovoz.serving.auth.network import free_port
from tests.service.processes import wait_until_ready

from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import Client

ROOT = Path(__file__).resolve().parents[3]
WORDS = [Said("kam", 6_000, 8_000), Said("mio", 7_000, 1_000)]


def test_finals_come_before_the_restart() -> None:
    port = free_port()
    command = [sys.executable, "-m", "tests.service.live.server", str(port)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/openapi.json", process)
            client = Client(f"http://127.0.0.1:{port}")
            client.start()
            client.send(say(WORDS))
            client.say(type="keepalive")
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            client.hear_out()
            assert client.close_code == 1012
            assert_same_words(client.words, WORDS)
            assert process.wait(30) in {0, -signal.SIGTERM}
        finally:
            process.kill()
