"""Logs of a process: one JSON object a line, each event once, whoever writes it."""

import json
import subprocess
import sys

SCRIPT = """
import logging, threading, warnings
for name in ("uvicorn", "uvicorn.error", "bentoml"):  # as BentoML and uvicorn set them up
    logging.getLogger(name).addHandler(logging.StreamHandler())
from ovoz.serving.telemetry.logs import log_as_json
log_as_json("INFO")
logging.getLogger("uvicorn.error").info("one")
logging.getLogger("bentoml").info("two")
logging.getLogger("sqlalchemy.pool").error("three")
warnings.warn("four")
def fail():
    raise ValueError("five\\nwith a second line")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
class Broken:
    def __del__(self):
        raise ValueError("six")
Broken()
raise ValueError("seven")
"""


def test_every_line_is_a_json_object_and_comes_once() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    whole = [f"{line['message']} {line.get('exc_info', '')}" for line in lines]
    assert len(lines) == 7
    words = ("one", "two", "three", "four", "five", "six", "seven")
    for word, text in zip(words, whole, strict=True):
        assert word in text
    assert {line["level"] for line in lines[4:]} == {"ERROR", "CRITICAL"}
