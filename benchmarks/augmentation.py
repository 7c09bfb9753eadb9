"""What does an augmented training example cost? Milliseconds a clip, one thread.

python benchmarks/augmentation.py [--seconds 2.5]
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer

from ovoz.audio.augment import (
    AugmentConfig,
    Codec,
    Noise,
    add_noise,
    add_reverberation,
    apply_codec,
    apply_telephone_band,
    augment,
    change_speed,
    make_noise,
)
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.evaluation.hardware import describe_hardware

CLIPS = 20
ROUNDS = 200


def main(seconds: Annotated[float, typer.Option(min=0.1, help="Of a clip.")] = 2.5) -> None:
    """Print the mean cost of each distortion and of two mixes."""
    rng = np.random.default_rng(1)
    length = int(seconds * SAMPLE_RATE)
    clips = [make_noise(Noise.PINK, length, rng) * np.float32(0.1) for _ in range(CLIPS)]
    print(
        f"{describe_hardware(['numpy', 'scipy', 'soxr', 'av'])}; float32, clips of"
        f" {seconds:g} s, one thread"
    )
    for name, distort, rounds in _jobs(rng, clips):
        distort(clips[0])
        start = time.perf_counter()
        for place in range(rounds):
            distort(clips[place % CLIPS])
        print(f"{name:22} {(time.perf_counter() - start) / rounds * 1000:7.2f} ms")


def _jobs(
    rng: np.random.Generator, clips: list[Samples]
) -> list[tuple[str, Callable[[Samples], Samples], int]]:
    mix = AugmentConfig()
    lines = AugmentConfig(codecs=(Codec.MU_LAW, Codec.GSM, Codec.MP3))
    babble = AugmentConfig(noises=tuple(Noise))
    return [
        ("speed", lambda clip: change_speed(clip, 1.05), ROUNDS),
        ("room of 0.3 s", lambda clip: add_reverberation(clip, 0.3, rng), ROUNDS),
        *((f"noise, {kind}", _noise(kind, rng, clips), ROUNDS) for kind in Noise),
        ("telephone band", apply_telephone_band, ROUNDS),
        *((f"codec, {codec}", _codec(codec), ROUNDS // 5) for codec in Codec),
        ("the default mix", lambda clip: augment(clip, mix, rng), 5 * ROUNDS),
        ("with babble", lambda clip: augment(clip, babble, rng, clips), 5 * ROUNDS),
        ("the demo's codecs", lambda clip: augment(clip, lines, rng), 5 * ROUNDS),
    ]


def _noise(
    kind: Noise, rng: np.random.Generator, clips: list[Samples]
) -> Callable[[Samples], Samples]:
    return lambda clip: add_noise(clip, make_noise(kind, len(clip), rng, clips), 10)


def _codec(codec: Codec) -> Callable[[Samples], Samples]:
    return lambda clip: apply_codec(clip, codec)


if __name__ == "__main__":
    typer.run(main)
