"""Recordings of noise and rooms: found in any form, split by content, skipped by name."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ovoz.audio.augment import AugmentConfig, augment
from ovoz.audio.decode import decode
from ovoz.corpus.augmented import write_noisy_copy
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.sounds import SoundsConfig, SoundsError, digest_sounds, load_sounds

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
NOISY = AugmentConfig(noise_share=1, room_share=1, recorded_noise_share=1, recorded_room_share=1)


def noise(seed: int, seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> np.ndarray:
    shape = (int(seconds * rate), channels)
    return np.random.default_rng(seed).normal(0, 0.1, shape).astype(np.float32)


def response(rate: int, channels: int) -> np.ndarray:
    """A tenth of a second of decay behind a silent start; the channels arrive one after another."""
    echo = noise(9, 0.2, rate, channels) * np.exp(-np.arange(rate // 5) / rate * 40)[:, None]
    for channel in range(channels):
        echo[: rate // 100 + 20 * channel, channel] = 0
        echo[rate // 100 + 20 * channel, channel] = 1.0
    return 0.9 * echo


@pytest.fixture
def folders(tmp_path: Path) -> SoundsConfig:
    """Eight noises and four rooms of all forms, two noises and a room that are none."""
    places = tmp_path / "noise", tmp_path / "rooms"
    (tmp_path / "elsewhere").mkdir()
    for place in places:
        place.mkdir()
    (places[0] / "linked").symlink_to(tmp_path / "elsewhere")
    soundfile.write(places[0] / "a.wav", noise(1), 16_000)
    soundfile.write(places[0] / "STEREO.WAV", noise(2, 2, 44_100, 2), 44_100)
    soundfile.write(places[0] / "eight.flac", noise(3, 1, 48_000, 8), 48_000)
    soundfile.write(places[0] / "m.mp3", noise(4, 1, 22_050), 22_050)
    soundfile.write(places[0] / "v.ogg", noise(5, 1, 8_000), 8_000)
    soundfile.write(places[0] / "o.opus", noise(6, 1, 48_000), 48_000, "OPUS", format="OGG")
    soundfile.write(places[0] / "linked" / "f.wav", noise(7), 16_000, "FLOAT")
    soundfile.write(places[0] / "short.wav", noise(8, 0.3), 16_000)
    soundfile.write(places[0] / "silent.wav", np.zeros(16_000), 16_000)
    (places[0] / "README.txt").write_text("Recorded in a tram.", "utf-8")
    for number, (rate, channels) in enumerate([(16_000, 1), (48_000, 2), (16_000, 8)]):
        soundfile.write(places[1] / f"{number}.wav", response(rate, channels), rate)
    soundfile.write(places[1] / "faint.wav", 0.01 * response(44_100, 1), 44_100, "FLOAT")
    soundfile.write(places[1] / "concert.wav", noise(8, 11), 16_000)
    return SoundsConfig(noise=(places[0],), rooms=(places[1],))


def stored(config: SoundsConfig, split: Split, tmp_path: Path) -> set[bytes]:
    recorded = load_sounds(config, split, tmp_path / "store").recorded
    return {
        np.array(sound).tobytes() for kind in (recorded.noise, recorded.rooms) for sound in kind
    }


def test_a_file_is_trained_on_or_tested_with(folders: SoundsConfig, tmp_path: Path) -> None:
    parts = [load_sounds(folders, split, tmp_path / "store") for split in (Split.TRAIN, Split.TEST)]
    assert [len(part.recorded.noise) for part in parts] == [6, 2]
    assert [len(part.recorded.rooms) for part in parts] == [3, 1]
    train, test = (stored(folders, split, tmp_path) for split in (Split.TRAIN, Split.TEST))
    assert len(train) == 9
    assert len(test) == 3
    assert not train & test


def test_what_cannot_be_used_is_named(folders: SoundsConfig, tmp_path: Path) -> None:
    shutil.copy(folders.noise[0] / "a.wav", folders.noise[0] / "the same.wav")
    (folders.noise[0] / "locked.wav").write_bytes(b"RIFF")
    skipped = load_sounds(folders, Split.TEST, tmp_path / "store").skipped
    reasons = {file.path.name: file.reason for file in skipped}
    assert set(reasons) == {"silent.wav", "README.txt", "concert.wav", "the same.wav", "locked.wav"}
    assert reasons["silent.wav"] == "it is silent: nothing in it is over -80 dBFS"
    assert "not readable as audio" in reasons["README.txt"]
    assert reasons["concert.wav"].startswith("it is 11.0 s long")
    assert reasons["the same.wav"].endswith("a.wav")


def test_names_and_places_move_no_file_to_the_other_part(folders, tmp_path: Path) -> None:
    before = stored(folders, Split.TEST, tmp_path)
    moved = tmp_path / "moved"
    for file in sorted(folders.noise[0].rglob("*")):
        if file.is_file():
            moved.mkdir(exist_ok=True)
            shutil.copy(file, moved / f"zz {file.name}")
    shutil.copy(folders.noise[0] / "linked" / "f.wav", moved)
    again = SoundsConfig(noise=(moved,), rooms=folders.rooms)
    assert stored(again, Split.TEST, tmp_path) == before


def test_the_digest_follows_the_content_and_not_the_names(folders: SoundsConfig) -> None:
    before = digest_sounds(folders)
    (folders.noise[0] / "a.wav").rename(folders.noise[0] / "b.wav")
    assert digest_sounds(folders) == before
    soundfile.write(folders.noise[0] / "b.wav", noise(11), 16_000)
    assert digest_sounds(folders) != before


def test_a_table_names_files_and_their_parts(folders: SoundsConfig, tmp_path: Path) -> None:
    table = tmp_path / "noise.csv"
    table.write_text("audio;split\nnoise/a.wav;test\nnoise\\STEREO.WAV;train\n", "utf-8")
    places = Split.TRAIN, Split.TEST
    parts = [stored(SoundsConfig(noise=(table,)), split, tmp_path) for split in places]
    assert [len(part) for part in parts] == [1, 1]
    table.write_text("audio;split\nnoise/a.wav;dev\n", "utf-8")
    with pytest.raises(SoundsError, match=r"sounds\.noise.*row 1.*split is 'dev'"):
        digest_sounds(SoundsConfig(noise=(table,)))
    table.write_text("audio\nnoise/gone.wav\n", "utf-8")
    with pytest.raises(SoundsError, match=r"row 1.*no file .*gone\.wav"):
        digest_sounds(SoundsConfig(noise=(table,)))


def test_too_few_recordings_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", noise(1), 16_000)
    with pytest.raises(SoundsError, match=r"sounds\.noise: 1 of the files can be used"):
        load_sounds(SoundsConfig(noise=(tmp_path,)), Split.TRAIN, tmp_path / "store")
    with pytest.raises(SoundsError, match=r"sounds\.rooms: .*nowhere"):
        digest_sounds(SoundsConfig(rooms=(tmp_path / "nowhere",)))


def test_one_channel_of_a_room_is_taken(folders: SoundsConfig, tmp_path: Path) -> None:
    """The mean of eight microphones is the response of no room: it has eight direct sounds."""
    rooms = [
        np.array(room)
        for split in (Split.TRAIN, Split.TEST)
        for room in load_sounds(folders, split, tmp_path / "store").recorded.rooms
    ]
    assert len(rooms) == 4
    assert all(np.abs(room).max() == 32_767 for room in rooms)
    alone = decode(folders.rooms[0] / "2.wav", first_channel=True)
    assert np.abs(alone).argmax() == 160
    assert (np.abs(alone) > 0.85).sum() == 1


def test_the_noisy_copy_follows_the_recordings(folders, corpus, tmp_path: Path) -> None:
    manifest, rows = corpus
    dataset = Dataset.in_folder(manifest.parent)
    recorded = load_sounds(folders, Split.TEST, tmp_path / "store").recorded
    copies = [
        write_noisy_copy(dataset, rows, tmp_path / name, NOISY, 1, recorded=sounds)
        for name, sounds in (("one", recorded), ("two", recorded))
    ]
    plain = write_noisy_copy(dataset, rows, tmp_path / "plain", NOISY, 1)
    one, two, without = ([row.sha256 for row in copy.rows()] for copy in (*copies, plain))
    assert one == two
    assert not set(one) & set(without)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared recordings are not beside the checkout")
def test_real_recordings(tmp_path: Path) -> None:
    config = SoundsConfig(noise=(SHARED / "noise",), rooms=(SHARED / "rir",))
    train, test = (load_sounds(config, s, tmp_path / "store") for s in (Split.TRAIN, Split.TEST))
    assert {file.path.name for file in train.skipped} == {
        "almost_silent__almost_silent.wav", "digital_silence__digital_silence.wav",
        "silence__silence.wav", "ir__impulse_response_0.wav",
    }  # fmt: skip
    assert len(train.recorded.noise) + len(test.recorded.noise) == 44
    assert len(train.recorded.rooms) + len(test.recorded.rooms) == 10
    speech = decode(SHARED / "audio" / "ru_pisets_test_sound_ru.wav")
    rng = np.random.default_rng(1)
    for _ in range(20):
        changed = augment(speech, NOISY, rng, recorded=train.recorded)
        assert np.isfinite(changed).all()
        assert changed.any()
