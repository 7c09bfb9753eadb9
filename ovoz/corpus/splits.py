"""Splits of a corpus that has none: disjoint by speaker and sentence, of the shares asked for."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, PlainSerializer

from ovoz.corpus.manifest import Split


class Unseen(StrEnum):
    """What of a held-out split training must not have seen."""

    SPEAKER = "speaker"
    SENTENCE = "sentence"


HELD_OUT: Final = (Split.TEST, Split.DEV, Split.OPEN)
_BOTH: Final = frozenset(Unseen)


def _complete(rules: Mapping[Split, frozenset[Unseen]]) -> dict[Split, frozenset[Unseen]]:
    if Split.TRAIN in rules:
        raise ValueError("train is what the others are held against: name dev, test or open")
    return {split: rules.get(split, _BOTH) for split in HELD_OUT}


def _in_order(rules: Mapping[Split, frozenset[Unseen]]) -> dict[str, list[str]]:
    """Rules as they are written: sets have another order in every process."""
    return {split.value: sorted(rule) for split, rule in rules.items()}


UnseenRules = Annotated[
    dict[Split, frozenset[Unseen]], AfterValidator(_complete), PlainSerializer(_in_order)
]
"""For each held-out split what training must not have seen of it; both where not named."""

STRICT: Final[Mapping[Split, frozenset[Unseen]]] = _complete({})

_WIDENINGS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0)
"""How many times a split's share of the speakers is tried where sentences are shared."""


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A row to split; ``split`` where the source has one, which stays."""

    speaker: str
    sentence: str
    split: Split | None = None


def plan_splits(
    rows: Sequence[SplitRow],
    shares: Mapping[Split, float],
    unseen: Mapping[Split, frozenset[Unseen]] = STRICT,
) -> list[Split | None]:
    """A split for every row; None for a row that no split can have.

    A row that has a split keeps it, and a speaker who has one keeps it in further rows, but for a
    sentence that is trained on where a held-out split must not share it. The others are held out
    speaker by speaker in the order of a hash of their names, as close to the share of the rows as
    whole speakers allow. Where speakers share sentences (prompt corpora), the sentences
    of a split are those that cost training the fewest rows, and the number of speakers is the one
    that loses the fewest rows. Where there are fewer speakers than splits, all is training.

    Args:
        rows: Speakers and sentences in their normal form.
        shares: Share of all rows for ``test`` and ``dev``.
        unseen: What training must not have seen of each split.
    """
    plan = [row.split for row in rows]
    owned = _find_owners(rows, unseen)
    for place, owner in owned.items():
        plan[place] = owner
    free = [place for place, row in enumerate(rows) if row.split is None and place not in owned]
    wanted = [split for split in (Split.TEST, Split.DEV) if shares.get(split, 0.0) > 0]
    wanted = [split for split in wanted if split not in plan]
    for number, split in enumerate(wanted):
        left = len(wanted) - number
        held, lost = _hold_out(rows, free, shares[split] * len(rows), unseen[split], reserved=left)
        if not held:
            break
        for place in held:
            plan[place] = split
        free = [place for place in free if place not in held and place not in lost]
    for place in free:
        plan[place] = Split.TRAIN
    return _without_leaks(rows, plan, unseen)


def _find_owners(
    rows: Sequence[SplitRow], unseen: Mapping[Split, frozenset[Unseen]]
) -> dict[int, Split | None]:
    """Rows without a split whose speaker (or sentence, where that alone decides) has one.

    None for a sentence that is trained on and that the speaker's split must not share.
    """
    by_speaker = any(Unseen.SPEAKER in rule for rule in unseen.values())
    decides = Unseen.SPEAKER if by_speaker else Unseen.SENTENCE
    known = {getattr(row, decides): row.split for row in rows if row.split is not None}
    trained = {row.sentence for row in rows if row.split is Split.TRAIN}
    owned: dict[int, Split | None] = {}
    for place, row in enumerate(rows):
        owner = known.get(getattr(row, decides))
        if row.split is None and owner is not None:
            shared = owner is not Split.TRAIN and Unseen.SENTENCE in unseen[owner]
            owned[place] = None if shared and row.sentence in trained else owner
    return owned


def _hold_out(
    rows: Sequence[SplitRow],
    free: Sequence[int],
    target: float,
    unseen: frozenset[Unseen],
    reserved: int,
) -> tuple[set[int], set[int]]:
    """Rows of the split, and rows that are lost to it; at least ``reserved`` groups stay."""
    if unseen == {Unseen.SENTENCE}:
        return _choose_groups(
            [(place, rows[place].sentence) for place in free], target, reserved
        ), set()
    speakers = [(place, rows[place].speaker) for place in free]
    if Unseen.SENTENCE not in unseen:
        return _choose_groups(speakers, target, reserved), set()
    best: tuple[set[int], set[int]] = (set(), set())
    for widening in _WIDENINGS:
        theirs = _choose_groups(speakers, min(target * widening, len(rows) / 2), reserved)
        held = _choose_sentences(rows, free, theirs, target)
        sentences = {rows[place].sentence for place in held}
        trained = {place for place in free if place not in theirs}
        lost = {place for place in trained if rows[place].sentence in sentences} | (theirs - held)
        if held and (not best[0] or len(lost) < len(best[1])):
            best = held, lost
    return best


def _choose_groups(members: Iterable[tuple[int, str]], target: float, reserved: int) -> set[int]:
    """Whole groups in the order of a hash, as close to ``target`` rows as they come."""
    groups: dict[str, list[int]] = defaultdict(list)
    for place, name in members:
        groups[name].append(place)
    if len(groups) <= reserved:
        return set()
    ordered = sorted(groups, key=_hash)
    chosen: list[str] = []
    size = 0
    for name in ordered:
        if abs(size + len(groups[name]) - target) < abs(size - target):
            chosen.append(name)
            size += len(groups[name])
    chosen = chosen[: len(groups) - reserved] or [min(ordered, key=lambda name: len(groups[name]))]
    return {place for name in chosen for place in groups[name]}


def _choose_sentences(
    rows: Sequence[SplitRow], free: Sequence[int], theirs: Collection[int], target: float
) -> set[int]:
    """Rows of ``theirs`` whose sentences cost the others the fewest rows, up to ``target``."""
    inside = Counter(rows[place].sentence for place in theirs)
    outside = Counter(rows[place].sentence for place in free if place not in theirs)
    chosen: set[str] = set()
    size = 0
    for sentence in sorted(inside, key=lambda one: (outside[one] / inside[one], _hash(one))):
        if size >= target and outside[sentence]:
            break
        chosen.add(sentence)
        size += inside[sentence]
    return {place for place in theirs if rows[place].sentence in chosen}


def _without_leaks(
    rows: Sequence[SplitRow],
    plan: Sequence[Split | None],
    unseen: Mapping[Split, frozenset[Unseen]],
) -> list[Split | None]:
    """The plan without training rows that a held-out split forbids, unless the source says so."""
    speakers = _values(rows, plan, unseen, Unseen.SPEAKER)
    sentences = _values(rows, plan, unseen, Unseen.SENTENCE)
    return [
        None
        if row.split is None
        and split is Split.TRAIN
        and (row.speaker in speakers or row.sentence in sentences)
        else split
        for row, split in zip(rows, plan, strict=True)
    ]


def _values(
    rows: Sequence[SplitRow],
    plan: Sequence[Split | None],
    unseen: Mapping[Split, frozenset[Unseen]],
    what: Unseen,
) -> set[str]:
    held = {split for split in HELD_OUT if what in unseen[split]}
    pairs = zip(rows, plan, strict=True)
    return {str(getattr(row, what.value)) for row, split in pairs if split in held} - {""}


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
