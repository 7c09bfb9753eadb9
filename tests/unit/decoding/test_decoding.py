"""Greedy and lexicon decoding against cases worked out by hand, and properties."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.ctc_path import LogProbs, SymbolSpan, collapse_path
from ovoz.decoding.factory import build_decoder

SYMBOLS = ("", " ", "a", "b", "d", "k", "t", "д", "а", "в", "ʻ")
LETTERS = [symbol for symbol in SYMBOLS if symbol not in {"", " "}]
LEXICON = ("a", "ab", "bab", "katta", "да", "два", "kдa")


def path_log_probs(path: str, certainty: float = 0.9) -> LogProbs:
    """Log-probabilities [T, V] with ``certainty`` on one symbol a frame; ``_`` is the blank."""
    rest = (1 - certainty) / (len(SYMBOLS) - 1)
    probabilities = np.full((len(path), len(SYMBOLS)), rest)
    for frame, letter in enumerate(path):
        probabilities[frame, 0 if letter == "_" else SYMBOLS.index(letter)] = certainty
    return np.log(np.maximum(probabilities, 1e-30)).astype(np.float32)


def spell(text: str) -> str:
    """A CTC path for ``text`` in which repeated letters are parted by a blank."""
    path = ""
    for letter in text:
        path += "_" if path.endswith(letter) else ""
        path += letter
    return path


def lexicon_decoder(lexicon=LEXICON, **settings):
    return build_decoder(DecoderConfig(kind=DecoderKind.LEXICON, **settings), SYMBOLS[1:], lexicon)


GREEDY = build_decoder(DecoderConfig(), SYMBOLS[1:])
SEARCH = lexicon_decoder()
OPEN = build_decoder(DecoderConfig(kind=DecoderKind.OPEN), SYMBOLS[1:], LEXICON)


def texts(words) -> list[str]:
    return [word.text for word in words]


def test_spans_collapse_repeats_and_drop_blanks():
    assert collapse_path(np.array([0, 2, 2, 0, 2, 3, 0])) == [
        SymbolSpan(2, 1, 3),
        SymbolSpan(2, 4, 5),
        SymbolSpan(3, 5, 6),
    ]
    assert collapse_path(np.array([], dtype=np.intp)) == []


def test_greedy_reads_words_with_their_frames():
    words = GREEDY.decode(path_log_probs("_kka_t_ta_  да_"))
    assert [(w.text, w.start_frame, w.end_frame) for w in words] == [
        ("katta", 1, 9),
        ("да", 12, 14),
    ]


def test_confidence_is_the_geometric_mean_of_the_letters_peaks():
    log_probs = path_log_probs("aab")
    log_probs[0], log_probs[2] = path_log_probs("a", 0.5)[0], path_log_probs("b", 0.4)[0]
    (word,) = GREEDY.decode(log_probs)  # "a" peaks at 0.9 on its second frame, "b" at 0.4
    assert word.confidence == pytest.approx(math.sqrt(0.9 * 0.4), rel=1e-5)


def test_script_confidence_is_the_share_of_the_words_own_script():
    log_probs = np.full((1, len(SYMBOLS)), -np.inf, dtype=np.float32)
    log_probs[0, SYMBOLS.index("a")] = math.log(0.6)
    log_probs[0, SYMBOLS.index("а")] = math.log(0.2)
    log_probs[0, 0] = math.log(0.2)
    (word,) = GREEDY.decode(log_probs)
    assert word.script_confidence == pytest.approx(0.75, rel=1e-5)


def test_a_word_of_both_scripts_owns_both():
    (word,) = GREEDY.decode(path_log_probs("kдa"))
    assert word.script_confidence == pytest.approx(1.0)


@pytest.mark.parametrize("decoder", [GREEDY, SEARCH, OPEN])
@pytest.mark.parametrize("path", ["", "____", "  _ ", "_"])
def test_silence_and_no_frames_give_no_words(decoder, path):
    assert decoder.decode(path_log_probs(path)) == ()


def test_lexicon_finds_missing_spaces_that_greedy_joins():
    log_probs = path_log_probs("_ka_t_ta__да__")
    assert texts(GREEDY.decode(log_probs)) == ["kattaда"]
    assert texts(SEARCH.decode(log_probs)) == ["katta", "да"]


def test_the_floor_lets_a_space_win_over_a_misread_letter():
    log_probs = path_log_probs("_bab_ad_", certainty=0.999)
    log_probs[:, SYMBOLS.index(" ")] = -20  # the network heard no space at all
    lexicon = ("bab", "ad", "babab")
    assert texts(lexicon_decoder(lexicon).decode(log_probs)) == ["bab", "ad"]
    assert texts(lexicon_decoder(lexicon, separator_floor=None).decode(log_probs)) == ["babab"]


def test_lexicon_corrects_a_misheard_letter_and_says_so():
    (right,) = SEARCH.decode(path_log_probs("_ka_t_ta_"))
    (wrong,) = SEARCH.decode(path_log_probs("_ka_t_tb_"))
    assert right.text == wrong.text == "katta"
    assert wrong.confidence < right.confidence


def test_the_open_decoder_spells_a_word_that_no_lexicon_word_explains():
    log_probs = path_log_probs(spell("katta ddʻbd да"), certainty=0.99)
    assert texts(SEARCH.decode(log_probs)) != ["katta", "ddʻbd", "да"]
    words = OPEN.decode(log_probs)
    assert texts(words) == ["katta", "ddʻbd", "да"]
    assert (words[1].start_frame, words[1].end_frame) == (7, 13)


def test_the_open_decoder_keeps_known_words_and_missing_spaces():
    log_probs = path_log_probs("_ka_t_ta__да__")
    assert OPEN.decode(log_probs) == SEARCH.decode(log_probs)


def test_double_letters_need_a_blank_between_them():
    assert texts(SEARCH.decode(path_log_probs("_ka_t_ta_"))) == ["katta"]
    assert texts(GREEDY.decode(path_log_probs("_katta_"))) == ["kata"]


def test_the_last_word_is_closed_without_a_separator():
    (word,) = SEARCH.decode(path_log_probs("bab"))
    assert (word.text, word.start_frame, word.end_frame) == ("bab", 0, 3)


def test_one_decoder_serves_many_utterances():
    first = SEARCH.decode(path_log_probs("_bab_"))
    SEARCH.decode(path_log_probs("_ka_t_ta_ да_"))
    assert SEARCH.decode(path_log_probs("_bab_")) == first


def test_one_decoder_serves_many_threads():
    paths = ["_bab_", "_ka_t_ta_ да_", "_ab_два_bab_", "____"] * 50
    noise = np.random.default_rng(1)  # exact ties may fall either way
    inputs = [path_log_probs(path * 5) for path in paths]
    inputs = [item - noise.uniform(0, 0.05, item.shape).astype(np.float32) for item in inputs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(SEARCH.decode, inputs))
    assert together == [SEARCH.decode(log_probs) for log_probs in inputs]


@pytest.mark.parametrize("lexicon", [(), ("жук",), ("a b",), ("",)])
def test_lexicons_that_cannot_be_spelled_are_refused(lexicon):
    with pytest.raises(ValueError, match="lexicon"):
        lexicon_decoder(lexicon)


@pytest.mark.parametrize("decoder", [GREEDY, SEARCH, OPEN])
def test_broken_log_probs_are_refused(decoder):
    with pytest.raises(ValueError, match="shape"):
        decoder.decode(np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="NaN"):
        decoder.decode(np.full((3, len(SYMBOLS)), np.nan, np.float32))


def test_a_vocabulary_without_separator_is_refused():
    with pytest.raises(ValueError, match="separator"):
        build_decoder(DecoderConfig(), ("a", "b"))


def test_the_language_model_outweighs_a_slightly_better_sound(tmp_path: Path):
    arpa = tmp_path / "words.arpa"
    arpa.write_text(
        "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n-1.0\t<unk>\n-99\t<s>\t0\n-1.0\t</s>\n"
        "-3.0\tda\t0\n-0.1\tдa\t0\n\n\\2-grams:\n-0.1\t<s> дa\n\n\\end\\\n"
    )
    log_probs = path_log_probs("__a_")
    log_probs[1] = math.log(0.09 / len(SYMBOLS))
    log_probs[1, [SYMBOLS.index("d"), SYMBOLS.index("д")]] = math.log(0.46), math.log(0.45)
    lexicon = ("da", "дa")
    assert texts(lexicon_decoder(lexicon).decode(log_probs)) == ["da"]
    assert texts(lexicon_decoder(lexicon, language_model=arpa).decode(log_probs)) == ["дa"]


def test_a_missing_language_model_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"gone\.arpa"):
        lexicon_decoder(language_model=tmp_path / "gone.arpa")


words = st.lists(st.text(LETTERS, min_size=1, max_size=6), max_size=5)


@given(words)
def test_greedy_gives_the_text_of_a_spelled_path_back(sentence):
    assert texts(GREEDY.decode(path_log_probs(spell(" ".join(sentence))))) == sentence


@given(st.lists(st.sampled_from(LEXICON), max_size=6))
def test_lexicon_search_gives_certain_lexicon_words_back(sentence):
    log_probs = path_log_probs(spell(" ".join(sentence)), certainty=0.999)
    assert texts(SEARCH.decode(log_probs)) == sentence


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 60), st.floats(0.1, 20), st.sampled_from([0, 1, 2, 3])
)
def test_any_log_probs_decode_to_ordered_words_within_the_audio(seed, frames, scale, kind):
    logits = np.random.default_rng(seed).normal(scale=scale, size=(frames, len(SYMBOLS)))
    log_probs = (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype(np.float32)
    if kind == 2:
        log_probs[log_probs < -5] = -np.inf
    found = (GREEDY, SEARCH, SEARCH, OPEN)[kind].decode(log_probs)
    edges = [frame for word in found for frame in (word.start_frame, word.end_frame)]
    assert edges == sorted(edges)
    assert all(word.start_frame < word.end_frame <= frames for word in found)
    assert all(0 <= word.confidence <= 1 and 0 <= word.script_confidence <= 1 for word in found)
    if kind in {1, 2}:
        assert set(texts(found)) <= set(LEXICON)
