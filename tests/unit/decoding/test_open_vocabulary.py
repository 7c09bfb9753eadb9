"""Language models, hot words and unknown words in the searches."""

import math

import numpy as np
import pytest

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.hot_words import HotWordsError
from ovoz.decoding.language_models import build_language_models, with_language_models

SYMBOLS = ("", " ", *"abdkotz")
TEXTS = ["katta bozor", "katta ot", "bozor katta", "ot katta bozor", "katta bozor ot"] * 3
WORDS = ("katta", "bozor", "ot")
R = "r"


def sounds(path, certainty=0.9, doubts=()):
    """Log-probabilities of a path, ``_`` the blank; ``doubts``: frame → the symbol as likely."""
    symbols = (*SYMBOLS, R)
    rest = (1 - certainty) / (len(symbols) - 1)
    table = np.full((len(path), len(symbols)), rest)
    for frame, letter in enumerate(path):
        place = 0 if letter == "_" else symbols.index(letter)
        table[frame, place] = certainty
        if frame in doubts:
            table[frame, [place, symbols.index(doubts[frame])]] = certainty / 2
    return np.log(table / table.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return build_language_models(TEXTS, tmp_path_factory.mktemp("models")).directory


@pytest.fixture(scope="module")
def make(models):
    def build(kind, **changes):
        config = with_language_models(DecoderConfig(kind=kind, **changes), models)
        return build_decoder(config, [*SYMBOLS[1:], R], WORDS)

    return build


def text(decoder, log_probs):
    return " ".join(word.text for word in decoder.decode(log_probs))


@pytest.mark.parametrize("kind", [DecoderKind.CHARACTERS, DecoderKind.COMBINED])
def test_a_doubtful_letter_is_decided_by_the_character_model(make, kind):
    heard = sounds("kat_ta bo_or", doubts={8: "a", 9: "z"})
    heard[9] = sounds("d", doubts={0: "z"})[0]
    assert text(make(kind), heard) == "katta bozor"


@pytest.mark.parametrize("kind", [DecoderKind.CHARACTERS, DecoderKind.COMBINED])
def test_a_clearly_spoken_unknown_word_comes_out(make, kind):
    assert text(make(kind), sounds("kat_ta__ zabod", certainty=0.995)) == "katta zabod"


def test_combined_keeps_the_lexicon_where_a_letter_was_missed(make):
    heard = sounds("kat_ta__ bozo_", certainty=0.9)
    heard[-1] = sounds("r", certainty=0.5)[0]
    assert text(make(DecoderKind.COMBINED), heard) == "katta bozor"


def test_an_unknown_word_does_not_cost_the_rest_of_a_long_recording_its_lexicon(make):
    known = sounds("katta bozor".replace("tt", "t_t"), certainty=0.9)
    known[4] = sounds("_", certainty=0.6)[0]
    pause = sounds("_" * 30, certainty=0.99)
    unknown = sounds("zabod", certainty=0.995)
    decoder = make(DecoderKind.COMBINED)
    words = decoder.decode(np.concatenate([known, pause, unknown]))
    assert words[-1].text == "zabod"
    assert words[-1].start_frame == len(known) + len(pause)
    alone = decoder.decode(known)
    assert list(words[:-1]) == list(alone)


def test_hot_words_win_where_the_sound_leaves_a_choice(make):
    heard = sounds("ot__ kot", certainty=0.9, doubts={5: "b"})
    plain = make(DecoderKind.COMBINED)
    assert text(plain.boost(["bot"]), heard).endswith("bot")
    assert text(plain.boost(["kot"]), heard).endswith("kot")
    assert plain.boost([]) is plain or text(plain.boost([]), heard) == text(plain, heard)


def test_hot_words_that_were_not_said_do_not_appear(make):
    heard = sounds("kat_ta__ bozor", certainty=0.95)
    boosted = make(DecoderKind.LEXICON).boost(["zabod", "dod"])
    assert text(boosted, heard) == "katta bozor"


def test_hot_words_leave_the_decoder_of_other_requests_alone(make):
    heard = sounds("ot__ kot", certainty=0.9, doubts={5: "b"})
    decoder = make(DecoderKind.LEXICON)
    before = text(decoder, heard)
    decoder.boost(["bot"]).decode(heard)
    assert text(decoder, heard) == before


@pytest.mark.parametrize("words", [["a b"], [""], ["k" * 41], ["kat"] * 101, ["жук"]])
def test_unusable_hot_words_are_refused(make, words):
    with pytest.raises(HotWordsError, match="hot word"):
        make(DecoderKind.LEXICON).boost(words)


def test_a_search_over_letters_needs_its_model(tmp_path):
    with pytest.raises(ValueError, match="needs a character_model"):
        build_decoder(DecoderConfig(kind=DecoderKind.CHARACTERS), SYMBOLS[1:])
    (tmp_path / "broken.arpa").write_text("no model\n")
    config = DecoderConfig(kind=DecoderKind.CHARACTERS, character_model=tmp_path / "broken.arpa")
    with pytest.raises(ValueError, match="not a usable language model"):
        build_decoder(config, SYMBOLS[1:])


@pytest.mark.parametrize("kind", [DecoderKind.CHARACTERS, DecoderKind.COMBINED])
def test_silence_and_nothing_have_no_words(make, kind):
    decoder = make(kind)
    assert decoder.decode(np.zeros((0, len(SYMBOLS) + 1), np.float32)) == ()
    assert decoder.decode(sounds("_" * 50, certainty=0.999)) == ()


def test_impossible_symbols_do_not_break_the_search(make):
    heard = sounds("kat_ta", certainty=0.9)
    heard[:, SYMBOLS.index("z")] = -math.inf
    assert text(make(DecoderKind.COMBINED), heard) == "katta"


@pytest.mark.parametrize("kind", [DecoderKind.CHARACTERS, DecoderKind.COMBINED])
def test_letters_that_a_hint_rules_out_are_never_written(make, kind):
    heard = sounds("kat_ta__ bozor", certainty=0.95)
    heard[:, SYMBOLS.index("z")] = -1e4
    assert "z" not in text(make(kind), heard)
