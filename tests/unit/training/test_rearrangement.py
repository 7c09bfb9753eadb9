"""Rearranged utterances: what is heard is what they say, in the voice of one speaker."""

import pickle
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch.utils.data import DataLoader

from ovoz.audio.augment import AugmentConfig, RecordedSounds
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.phrases import AlignedUtterance, TimedWord
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.audio_cache import AudioCache
from ovoz.training.batches import PlannedBatchSampler, UtteranceDraw
from ovoz.training.config import RearrangeConfig, StageConfig
from ovoz.training.dataset import LogMelInputs, StageDataset, collate, draw_generator
from ovoz.training.rearrangement.rearranger import Rearranger
from ovoz.training.selection import Selection
from ovoz.training.sounds import StageSounds
from ovoz.training.spec_augment import apply_spec_augment
from ovoz.training.targets import TargetEncoder

from ...utterances import make_utterance

RATE = 16_000
WORDS = ("a", "ab", "ad", "ba", "bad", "da", "dab", "e")
WORD_S, GAP_S = 0.3, 0.1
SENTENCES = {
    "low": ("a ab ad ba", "bad da dab e", "e a bad ab"),
    "high": ("dab dab da", "ad ba e bad a"),
}
Aligned = list[AlignedUtterance]
ALWAYS = RearrangeConfig(share=1)


def pitch(word: str, speaker: str) -> float:
    return (400 if speaker == "low" else 3000) + 200 * WORDS.index(word)


def spoken(word: str, speaker: str, level: float) -> np.ndarray:
    """A word is a tone: which one, and whose, can be measured."""
    time = np.arange(round(WORD_S * RATE)) / RATE
    tone = level * np.sin(2 * np.pi * pitch(word, speaker) * time) * np.hanning(len(time)) ** 0.25
    pause = np.zeros(round(GAP_S / 2 * RATE))
    return np.concatenate([pause, tone, pause])


def heard_words(samples: np.ndarray) -> list[tuple[str, str]]:
    """Words and speakers of all tones in a signal, in order."""
    pitches = {pitch(word, who): (word, who) for who in SENTENCES for word in WORDS}
    width = RATE // 50
    rows = samples[: len(samples) // width * width].reshape(-1, width)
    loud = np.concatenate([[False], np.sqrt((rows**2).mean(axis=1)) > 0.01, [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int))).reshape(-1, 2) * width
    found = []
    for start, end in edges:
        piece = samples[start:end]
        strongest = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 8 * RATE)).argmax() / 8
        found.append(pitches[min(pitches, key=lambda one: abs(one - strongest))])
    return found


@pytest.fixture(scope="module")
def spoken_corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Aligned]:
    """Two speakers of one source, the first of whom is louder in his second sentence."""
    root = tmp_path_factory.mktemp("words")
    aligned = []
    for speaker, sentences in SENTENCES.items():
        for number, text in enumerate(sentences):
            name = f"{speaker}-{number}"
            words = text.split()
            level = 0.1 * (1 + number)
            samples = np.concatenate([spoken(word, speaker, level) for word in words])
            soundfile.write(root / f"{name}.wav", samples, RATE, subtype="PCM_16")
            row = make_utterance(
                name, text, audio=f"{name}.wav", sha256=f"{number:064x}", speaker=speaker,
                duration_s=len(samples) / RATE, split=Split.TRAIN,
            )  # fmt: skip
            step = WORD_S + GAP_S
            times = [
                TimedWord(word, place * step + GAP_S / 2, (place + 1) * step - GAP_S / 2)
                for place, word in enumerate(words)
            ]
            aligned.append(AlignedUtterance(row, tuple(times), -0.1))
    return root, aligned


@pytest.fixture(scope="module")
def untrained() -> Checkpoint:
    letters = CharTokenizer.from_alphabet("abde")
    torch.manual_seed(1)
    return initialize_network(NetworkConfig(d_model=16, layers=1, heads=2, hop=160), letters)


def make_rearranger(
    corpus: tuple[Path, Aligned], start: Checkpoint, settings: RearrangeConfig = ALWAYS
) -> Rearranger:
    cache = AudioCache(corpus[0], start.network.config.features, 10)
    return Rearranger(corpus[1], TargetEncoder.of(start), settings, cache)


def draws(
    rearranger: Rearranger, planned: Utterance, times: int = 60
) -> Iterable[tuple[np.ndarray, str]]:
    for seed in range(times):
        drawn = rearranger.draw(planned, np.random.default_rng(seed))
        if drawn is not None:
            yield drawn.samples, drawn.text


def test_what_is_heard_is_what_it_says_by_the_same_speaker(spoken_corpus, untrained) -> None:
    rearranger = make_rearranger(spoken_corpus, untrained)
    for one in spoken_corpus[1]:
        speaker = one.utterance.speaker
        for samples, text in draws(rearranger, one.utterance, 20):
            assert heard_words(samples) == [(word, speaker) for word in text.split()]


def test_orders_are_new_and_many(spoken_corpus, untrained) -> None:
    planned = spoken_corpus[1][0].utterance
    texts = [text for _, text in draws(make_rearranger(spoken_corpus, untrained), planned)]
    assert len(texts) == 60
    assert len(set(texts)) > 40
    known = " | ".join(SENTENCES["low"])
    # In four words there is room for little more than one phrase.
    assert sum(text in known for text in texts) < 20


def test_never_longer_than_the_planned_utterance_and_nearly_as_long(
    spoken_corpus, untrained
) -> None:
    planned = spoken_corpus[1][0].utterance
    drawn = list(draws(make_rearranger(spoken_corpus, untrained), planned))
    lengths = [len(samples) / RATE / planned.duration_s for samples, _ in drawn]
    assert max(lengths) <= 1
    assert np.mean(lengths) > 0.8


def test_phrases_come_to_the_level_of_the_planned_utterance(spoken_corpus, untrained) -> None:
    planned = spoken_corpus[1][1].utterance
    peaks = []
    for samples, _ in draws(make_rearranger(spoken_corpus, untrained), planned):
        tones = np.abs(samples[: len(samples) // 4800 * 4800]).reshape(-1, 4800).max(axis=1)
        peaks.extend(tones)
    # The sentences have tones of 0.1 and of 0.2, the planned one those of 0.2.
    assert np.min(peaks) > 0.18
    assert np.max(peaks) < 0.22


def test_phrases_have_at_most_the_words_asked_for(spoken_corpus, untrained) -> None:
    single = RearrangeConfig(share=1, longest_phrase=1)
    rearranger = make_rearranger(spoken_corpus, untrained, single)
    pairs = {tuple(words[i : i + 2]) for _, text in draws(rearranger, spoken_corpus[1][0].utterance)
             for words in [text.split()] for i in range(len(words) - 1)}  # fmt: skip
    spoken_pairs = {
        tuple(words[i : i + 2])
        for sentence in SENTENCES["low"]
        for words in [sentence.split()]
        for i in range(len(words) - 1)
    }
    assert len(pairs - spoken_pairs) > len(pairs & spoken_pairs)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"speaker": "stranger"}, "nobody else's phrases are taken"),
        ({"source": "other"}, "a person of the same name in another corpus is another person"),
    ],
)
def test_without_phrases_of_the_voice_an_utterance_stays(
    spoken_corpus, untrained, changes, why
) -> None:
    planned = spoken_corpus[1][0].utterance.model_copy(update=changes)
    assert not list(draws(make_rearranger(spoken_corpus, untrained), planned)), why


def test_an_utterance_stays_where_no_phrase_fits(tmp_path, spoken_corpus, untrained) -> None:
    soundfile.write(spoken_corpus[0] / "short.wav", np.full(1600, 0.1), RATE)
    short = make_utterance("short", "a", audio="short.wav", duration_s=0.1, speaker="low")
    assert not list(draws(make_rearranger(spoken_corpus, untrained), short))


def test_an_utterance_stays_where_ctc_has_no_room_for_the_text(spoken_corpus, untrained) -> None:
    root, aligned = spoken_corpus
    crowded = [
        AlignedUtterance(
            one.utterance,
            tuple(TimedWord(word.text * 30, word.start_s, word.end_s) for word in one.words),
            one.score,
        )
        for one in aligned
    ]
    rearranger = make_rearranger((root, crowded), untrained)
    assert not list(draws(rearranger, aligned[0].utterance))


def test_only_what_the_settings_match_is_rearranged(spoken_corpus, untrained) -> None:
    recorded = RearrangeConfig(share=1, of=Selection(sources=("folder",)))
    rearranger = make_rearranger(spoken_corpus, untrained, recorded)
    assert not list(draws(rearranger, spoken_corpus[1][0].utterance))


def test_the_share_is_kept(spoken_corpus, untrained) -> None:
    half = make_rearranger(spoken_corpus, untrained, RearrangeConfig(share=0.5))
    planned = spoken_corpus[1][0].utterance
    assert 70 < len(list(draws(half, planned, 200))) < 130
    never = make_rearranger(spoken_corpus, untrained, RearrangeConfig(share=0))
    assert not list(draws(never, planned))


FIELD = StageConfig(name="field", steps=4, augment=AugmentConfig(), noise_share=0.2)


def make_data(
    corpus: tuple[Path, Aligned], start: Checkpoint, settings: RearrangeConfig | None
) -> StageDataset:
    root, aligned = corpus
    rows = [one.utterance for one in aligned]
    stage = FIELD.model_copy(update={"rearrange": settings})
    cache = AudioCache(root, start.network.config.features, 10)
    encoder = TargetEncoder.of(start)
    sounds = StageSounds(rows, cache, stage, RecordedSounds())
    rearranger = None if settings is None else Rearranger(aligned, encoder, settings, cache)
    return StageDataset(rows, encoder, LogMelInputs(rows, sounds, stage, 1, rearranger))


@pytest.mark.slow
def test_draws_are_the_same_in_every_process(spoken_corpus, untrained) -> None:
    data = make_data(spoken_corpus, untrained, RearrangeConfig(share=0.7))
    plan = [[UtteranceDraw(index, epoch)] for epoch in range(4) for index in range(5)]
    here = [collate([data[draw] for draw in batch]) for batch in plan]
    loader = DataLoader(
        pickle.loads(pickle.dumps(data)), batch_sampler=PlannedBatchSampler(plan[::-1]),
        collate_fn=collate, num_workers=2, multiprocessing_context="forkserver",
    )  # fmt: skip
    there = list(loader)[::-1]
    for left, right in zip(here, there, strict=True):
        assert all(torch.equal(left[name], right[name]) for name in left)
    own = [torch.tensor(untrained.tokenizer.encode(one.utterance.text)) for one in spoken_corpus[1]]
    changed = sum(
        not torch.equal(batch["labels"][0], own[plan[place][0].index])
        for place, batch in enumerate(here)
    )
    assert changed > 8


def test_labels_are_those_of_the_rearranged_text(spoken_corpus, untrained) -> None:
    data = make_data(spoken_corpus, untrained, ALWAYS)
    rearranger = make_rearranger(spoken_corpus, untrained)
    for index, one in enumerate(spoken_corpus[1]):
        stage = FIELD.model_copy(update={"rearrange": ALWAYS, "noise_share": 0.0, "augment": None})
        rng = draw_generator(1, stage, UtteranceDraw(index, 0), one.utterance)
        if rng.random() < FIELD.noise_share:
            assert data[UtteranceDraw(index, 0)].labels == ()
            continue
        rng.random()
        said = rearranger.draw(one.utterance, rng)
        wanted = one.utterance.text if said is None else said.text
        labels = data[UtteranceDraw(index, 0)].labels
        assert untrained.tokenizer.decode(labels) == wanted


def test_a_stage_without_it_draws_no_further_number(spoken_corpus, untrained) -> None:
    without = make_data(spoken_corpus, untrained, None)
    never = make_data(spoken_corpus, untrained, RearrangeConfig(share=0))
    root, aligned = spoken_corpus
    rows = [one.utterance for one in aligned]
    sounds = StageSounds(
        rows, AudioCache(root, untrained.network.config.features, 10), FIELD, RecordedSounds()
    )
    differ = 0
    for index, row in enumerate(rows):
        draw = UtteranceDraw(index, 2)
        rng = draw_generator(1, FIELD, draw, row)
        heard = sounds.choose(rng)
        features = sounds.make_features(row, heard, rng)
        if heard != "noise":
            features = apply_spec_augment(features, FIELD.spec_augment, rng)
        np.testing.assert_array_equal(without[draw].features, features)
        differ += not np.array_equal(never[draw].features, features)
    assert differ  # the number that decides is drawn once the stage rearranges
