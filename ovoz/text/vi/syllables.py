"""Vietnamese syllables: what one is made of, and where its tone is written.

The inventory is that of the standard orthography (Thompson, "A Vietnamese Reference Grammar", 1987,
chapter 3). Tones stand where the older and commoner rule has them (hòa, thủy, khỏe; not hoà).
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_TONES: Final = {"": "", "huyền": "\u0300", "sắc": "\u0301", "hỏi": "\u0309", "ngã": "\u0303",
                 "nặng": "\u0323"}  # fmt: skip
_TONE_MARKS: Final = frozenset(_TONES.values()) - {""}
_STOPPED_TONES: Final = frozenset("\u0301\u0323")
"""The tones of syllables that end in a stop: sắc and nặng."""

_ONSETS: Final = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr",
    "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
)  # fmt: skip
_RHYMES: Final = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay
    ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet
    oi om on ong ooc oong op ot
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uâc uân uâng uât uây uc uê uêch uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut
    uy uya uych uyên uyêt uynh uyp uyt uyu
    ư ưa ưc ưi ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu ưm ưn
    y yêm yên yêng yêt yêu
    """.split()  # noqa: SIM905  (a table to read)
)
_AFTER_QU: Final = frozenset(
    rhyme for rhyme in _RHYMES if rhyme[0] in "aăâeêiơy" and not rhyme.startswith(("ia", "iê"))
) | {"ôc", "ych", "yn", "ynh", "yp", "yt"}
_UNMARKED_RHYMES: Final = frozenset(
    unicodedata.normalize("NFD", rhyme).encode("ascii", "ignore").decode() for rhyme in _RHYMES
)
_STOP: Final = re.compile("(?:c|ch|p|t)$")
_VOWELS: Final = "aăâeêioôơuưy"
_QUALITY: Final = re.compile("[ăâêôơư]")


class Syllable(NamedTuple):
    """Onset, rhyme without its tone, and the tone as a combining mark (empty for the level one)."""

    onset: str
    rhyme: str
    tone: str

    def write(self) -> str:
        """The syllable with its tone on the vowel that the orthography puts it on, in NFC."""
        if not self.tone:
            return self.onset + self.rhyme
        at = _find_toned_vowel(self.rhyme)
        rhyme = self.rhyme[: at + 1] + self.tone + self.rhyme[at + 1 :]
        if self.onset == "gi" and rhyme[0] == self.tone:  # gì: the onset's i is the vowel
            return unicodedata.normalize("NFC", self.onset + rhyme)
        return self.onset + unicodedata.normalize("NFC", rhyme)


@lru_cache(maxsize=50_000)
def parse_syllable(word: str) -> Syllable | None:
    """The parts of a syllable in small letters; None for what Vietnamese cannot be.

    The tone may stand on any letter, before or behind the mark of a vowel's quality.
    """
    plain, tones = _take_off_tones(word)
    if len(tones) > 1:
        return None
    tone = tones[0] if tones else ""
    for onset in _ONSETS:
        if not plain.startswith(onset):
            continue
        rhyme = plain[len(onset) :]
        if _fits(onset, rhyme) and (not _STOP.search(rhyme) or tone in _STOPPED_TONES or not tones):
            return Syllable(onset, rhyme, tone)
    return None


def is_toned(word: str) -> bool:
    """Whether a word has a letter that only Vietnamese uses among the languages of the pack."""
    return any(letter not in _ASCII for letter in word)


_ASCII: Final = frozenset("abcdefghijklmnopqrstuvwxyz")


def has_open_stop(syllable: Syllable) -> bool:
    """Whether it ends in a stop without a tone, which only unmarked writing has: hat for hát."""
    return bool(_STOP.search(syllable.rhyme)) and not syllable.tone


def is_unmarked_syllable(word: str) -> bool:
    """Whether a word in ASCII letters is a syllable typed without its marks: biet for biết."""
    return any(
        word.startswith(onset) and word[len(onset) :] in _UNMARKED_RHYMES for onset in _ONSETS
    )


def place_tone(word: str) -> str:
    """The word with its tone where the orthography puts it; what is no syllable only in NFC."""
    syllable = parse_syllable(word)
    return syllable.write() if syllable else unicodedata.normalize("NFC", word)


def _fits(onset: str, rhyme: str) -> bool:
    if onset == "qu":
        return rhyme in _AFTER_QU
    if onset == "gi" and rhyme in {"", "n", "m", "p", "t", "ch", "nh", "êng", "êt", "êc"}:
        return rhyme in {"", "n", "êng", "êt", "êc"}  # gì, gìn, giếng, giết, giếc
    return rhyme in _RHYMES


def _take_off_tones(word: str) -> tuple[str, list[str]]:
    parts = unicodedata.normalize("NFD", word)
    tones = [mark for mark in parts if mark in _TONE_MARKS]
    plain = "".join(mark for mark in parts if mark not in _TONE_MARKS)
    return unicodedata.normalize("NFC", plain), tones


def _find_toned_vowel(rhyme: str) -> int:
    """Place of the letter that carries the tone; -1 is the letter before the rhyme (gì)."""
    quality = [found.start() for found in _QUALITY.finditer(rhyme)]
    if quality:
        return quality[-1]
    places = [place for place, letter in enumerate(rhyme) if letter in _VOWELS]
    if not places:
        return -1
    if len(places) == 1:
        return places[0]
    closed = rhyme[-1] not in _VOWELS
    if len(places) == 2:
        return places[1] if closed else places[0]
    return places[1]
