"""Two processes that start together and stop one after the other."""

import signal
import subprocess
import time
from types import FrameType
from typing import NamedTuple


class Started(NamedTuple):
    """A command, and the environment it runs in."""

    command: list[str]
    environment: dict[str, str]


def run_apart(model: Started, api: Started) -> int:
    """Run both until the API ends or the model dies; the exit code of the API, or 1.

    On SIGTERM and SIGINT the API is stopped first and finishes what it has under way, for which it
    needs the model. Each has a session of its own, so that Ctrl-C in a terminal reaches us alone.
    """
    behind = subprocess.Popen(model.command, env=model.environment, start_new_session=True)  # noqa: S603
    before = subprocess.Popen(api.command, env=api.environment, start_new_session=True)  # noqa: S603

    def stop(_number: int, _frame: FrameType | None) -> None:
        before.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        while before.poll() is None and behind.poll() is None:
            time.sleep(0.2)
        model_died = before.poll() is None
        if model_died:
            before.terminate()
        return 1 if before.wait() or model_died else 0
    finally:
        behind.terminate()
        behind.wait()
