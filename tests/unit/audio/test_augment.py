"""Augmentation: reproducible, bounded, and with the effect that its name says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.audio.augment import (
    AugmentConfig,
    Codec,
    Noise,
    RecordedSounds,
    add_noise,
    add_reverberation,
    apply_codec,
    apply_telephone_band,
    augment,
    change_gain,
    change_speed,
    draw_noise,
    make_noise,
    store_samples,
)
from ovoz.audio.augment.recorded import add_recorded_room
from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import cast

SPEECH = (
    0.2 * np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000)
    + 0.2 * np.sin(2 * np.pi * 5_000 * np.arange(16_000) / 16_000)
).astype(np.float32)
ALWAYS = AugmentConfig(
    speed_share=1, room_share=1, noise_share=1, telephone_share=1, codec_share=1, gain_share=1
)


def power(samples: np.ndarray, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 16_000)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20_000))
def test_same_generator_same_result_within_bounds(seed: int, length: int) -> None:
    signal = np.random.default_rng(seed).uniform(-1, 1, length).astype(np.float32)
    config = ALWAYS.model_copy(update={"codecs": (Codec.MU_LAW, Codec.GSM)})
    one, two = (augment(signal, config, np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.dtype == np.float32
    assert np.abs(one).max() <= 1
    assert 0.85 * length - 2 < len(one) < 1.2 * length + 2


NO_SHARE: dict[str, float] = {
    name: 0.0 for name in AugmentConfig.model_fields if name.endswith("_share")
}


def test_nothing_happens_at_share_zero() -> None:
    never = AugmentConfig(**NO_SHARE)
    assert np.array_equal(augment(SPEECH, never, np.random.default_rng(1)), SPEECH)


VOICES = [np.roll(SPEECH, 100 * place)[: 5_000 + place] for place in range(6)]


@pytest.mark.parametrize("kind", list(Noise))
@pytest.mark.parametrize("snr_db", [-5.0, 10.0, 30.0])
def test_noise_has_the_requested_snr(kind: Noise, snr_db: float) -> None:
    noise = make_noise(kind, len(SPEECH), np.random.default_rng(3), VOICES)
    assert noise.dtype == np.float32
    added = add_noise(SPEECH, noise, snr_db) - SPEECH
    measured = 10 * np.log10(np.mean(SPEECH**2) / np.mean(added**2))
    assert measured == pytest.approx(snr_db, abs=0.1)


@pytest.mark.parametrize("speech_s", [1.0, 5.0])
@pytest.mark.parametrize("hiss", [0.0, 0.01])
def test_snr_is_that_of_the_speech_and_not_of_the_pauses(speech_s: float, hiss: float) -> None:
    """A second of speech in ten, "10 dB" over the whole clip, would be 20 dB on the speech."""
    ((voice,),) = cast(1, 1)
    spoken = Speaker().say("kartani bering, " * 20, voice)
    spoken = spoken[np.flatnonzero(np.abs(spoken) > 0.05)[0] :][: int(speech_s * 16_000)]
    rng = np.random.default_rng(2)
    clip = (hiss * rng.standard_normal(160_000)).astype(np.float32)
    clip[48_000 : 48_000 + len(spoken)] += spoken
    noise = make_noise(Noise.PINK, len(clip), rng)
    added = add_noise(clip, noise, 10) - clip
    measured = 10 * np.log10(np.mean(spoken**2) / np.mean(added**2))
    assert measured == pytest.approx(10, abs=1.0)


@pytest.mark.parametrize(("kind", "fall_db"), [("white", 0), ("pink", 3), ("brown", 6)])
def test_noise_colour_falls_by_its_slope_per_octave(kind: str, fall_db: float) -> None:
    noise = make_noise(Noise(kind), 160_000, np.random.default_rng(5))
    # White noise has twice the power in the upper octave, being twice as wide.
    step_db = 10 * np.log10(2 * power(noise, 1000, 2000) / power(noise, 2000, 4000))
    assert step_db == pytest.approx(fall_db, abs=0.3)


def test_hum_sits_on_the_harmonics_of_the_mains() -> None:
    hum = make_noise(Noise.HUM, 160_000, np.random.default_rng(5))
    assert power(hum, 49, 51) > 100 * power(hum, 60, 62)


def test_babble_is_made_of_the_voices_given() -> None:
    babble = make_noise(Noise.BABBLE, 16_000, np.random.default_rng(5), VOICES)
    assert power(babble, 150, 250) > 10 * power(babble, 1000, 4000)
    with pytest.raises(ValueError, match="other voices"):
        make_noise(Noise.BABBLE, 16_000, np.random.default_rng(5))


def test_no_babble_without_voices() -> None:
    only_babble = AugmentConfig(noises=(Noise.BABBLE,), **NO_SHARE | {"noise_share": 1.0})
    assert np.array_equal(augment(SPEECH, only_babble, np.random.default_rng(1)), SPEECH)
    assert not np.array_equal(
        augment(SPEECH, only_babble, np.random.default_rng(1), VOICES), SPEECH
    )


def test_noise_in_silence_stays_silence() -> None:
    silence = np.zeros(8_000, np.float32)
    assert not augment(
        silence, ALWAYS.model_copy(update={"codecs": ()}), np.random.default_rng(2)
    ).any()


def test_gain_moves_the_level_and_clips() -> None:
    assert change_gain(SPEECH, -6.0) == pytest.approx(SPEECH * 0.501, abs=1e-3)
    assert change_gain(SPEECH, 20.0).max() == 1.0


def test_a_recorded_room_keeps_the_place_of_words_and_the_level() -> None:
    response = store_samples(np.r_[np.zeros(200), 0.02, np.zeros(399), -0.01].astype(np.float32))
    click = np.zeros(4_000, np.float32)
    click[1000] = 0.5
    wet = add_recorded_room(click, response)
    assert np.abs(wet).argmax() == 1000
    assert wet[1400] == pytest.approx(-wet[1000] / 2, abs=1e-4)
    assert np.sqrt(np.mean(wet**2)) == pytest.approx(np.sqrt(np.mean(click**2)), rel=0.01)


def test_a_stretch_of_recorded_noise_is_heard() -> None:
    """One bark in a minute: no stretch is drawn in which there is none."""
    bark = np.zeros(60 * 16_000, np.float32)
    bark[500_000:508_000] = SPEECH[:8_000]
    rng = np.random.default_rng(4)
    for length in (8_000, 16_000, 70 * 16_000):
        for _ in range(5):
            stretch = draw_noise([store_samples(bark)], length, rng)
            assert len(stretch) == length
            assert np.abs(stretch).max() > 0.1


def test_recordings_take_their_share() -> None:
    rumble = [store_samples(np.sin(np.arange(40_000) / 50).astype(np.float32))]
    config = AugmentConfig(
        **NO_SHARE | {"noise_share": 1.0, "recorded_noise_share": 0.25}, noises=(Noise.WHITE,)
    )
    drawn = [
        augment(SPEECH, config, np.random.default_rng(seed), recorded=RecordedSounds(noise=rumble))
        for seed in range(400)
    ]
    recorded = sum(power(one - SPEECH, 3_000, 8_000) < 1.0 for one in drawn)
    assert 70 <= recorded <= 130


def test_telephone_keeps_its_band_only() -> None:
    narrow = apply_telephone_band(SPEECH)
    assert len(narrow) == len(SPEECH)
    assert power(narrow, 4_500, 5_500) < 1e-3 * power(SPEECH, 4_500, 5_500)


def test_speed_changes_length() -> None:
    assert len(change_speed(SPEECH, 1.25)) == pytest.approx(16_000 / 1.25, abs=5)


def test_room_adds_a_tail_and_keeps_the_level() -> None:
    click = np.zeros(16_000, np.float32)
    click[1000] = 0.5
    wet = add_reverberation(click, 0.4, np.random.default_rng(1))
    assert np.abs(wet[2000:6000]).max() > 0
    assert np.sqrt(np.mean(wet**2)) == pytest.approx(np.sqrt(np.mean(click**2)), rel=0.01)


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("length", [1, 159, 1_601])
def test_codec_takes_any_length(codec: Codec, length: int) -> None:
    coded = apply_codec(SPEECH[:length], codec)
    assert len(coded) == length
    assert np.isfinite(coded).all()


@pytest.mark.parametrize("codec", list(Codec))
def test_codec_is_repeatable_and_lossy(codec: Codec) -> None:
    one, two = apply_codec(SPEECH, codec), apply_codec(SPEECH, codec)
    assert np.array_equal(one, two)
    assert not np.allclose(one, SPEECH, atol=1e-3)


@pytest.mark.parametrize("codec", list(Codec))
def test_codec_keeps_length_and_sound(codec: Codec) -> None:
    coded = apply_codec(SPEECH, codec)
    assert len(coded) == len(SPEECH)
    assert power(coded, 150, 250) > 0.3 * power(SPEECH, 150, 250)


def test_shares_are_checked() -> None:
    with pytest.raises(ValueError, match="noise_share"):
        AugmentConfig(noise_share=1.5)


@pytest.mark.parametrize(
    "limits", [{"snr_db": (20, 10)}, {"speed": (0.0, 1.0)}, {"reverberation_s": (0.0, 0.1)}]
)
def test_limits_are_checked(limits: dict[str, tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        AugmentConfig.model_validate(limits)
