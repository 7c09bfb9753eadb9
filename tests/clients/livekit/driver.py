"""Runs in the environment of LiveKit: drives the plugin as an agent does, and prints what it saw.

``python driver.py MODE URL FILE.wav [PACE]``, with a mode of ``batch``, ``stream`` or ``keyterms``.
"""

import asyncio
import json
import sys
import time
import wave
from dataclasses import asdict

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError
from livekit.plugins import ovoz


def frames(path: str) -> list[rtc.AudioFrame]:
    """Pieces of 10 ms, as a room delivers them."""
    with wave.open(path) as file:
        rate = file.getframerate()
        content = file.readframes(file.getnframes())
    size = rate // 100 * 2
    return [
        rtc.AudioFrame(
            content[place : place + size], rate, 1, len(content[place : place + size]) // 2
        )
        for place in range(0, len(content), size)
    ]


def told(event) -> dict:
    return {
        "type": event.type.value,
        "request_id": event.request_id,
        "usage_s": event.recognition_usage.audio_duration if event.recognition_usage else 0,
        "alternatives": [
            asdict(one)
            | {"words": [[str(word), word.start_time, word.end_time] for word in one.words]}
            for one in event.alternatives
        ],
    }


async def listened(service, path: str, pace: float) -> list[dict]:
    stream = service.stream()

    async def push() -> None:
        begun = time.monotonic()
        for number, frame in enumerate(frames(path)):
            stream.push_frame(frame)
            if pace:
                await asyncio.sleep(max(0, begun + number / 100 / pace - time.monotonic()))
        stream.end_input()

    pushing = asyncio.create_task(push())
    events = [told(event) async for event in stream]
    await pushing
    await stream.aclose()
    return events


async def main() -> None:
    mode, url, path = sys.argv[1:4]
    pace = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    metrics: list[float] = []
    service = ovoz.STT(base_url=url, keyterms=["bank kartasi"] if mode == "keyterms" else [])
    service.on("metrics_collected", lambda one: metrics.append(one.audio_duration))
    try:
        if mode == "batch":
            options = APIConnectOptions(max_retry=0)
            events = [told(await service.recognize(frames(path), conn_options=options))]
        else:
            service._update_session_keyterms(["kredit"] if mode == "keyterms" else [])
            events = await listened(service, path, pace)
    except APIError as error:
        print(json.dumps({"error": str(error), "body": error.body, "retryable": error.retryable}))
        return
    finally:
        await service.aclose()
    print(json.dumps({"events": events, "metrics": metrics, "model": service.model}))


asyncio.run(main())
