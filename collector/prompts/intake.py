"""Prompts are cleaned before anybody reads them; what cannot be read in one way stays out."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.tables import Prompt
from collector.prompts.packs import PromptPack, Task
from ovoz.text.character_folding import fold_apostrophes, fold_unicode
from ovoz.text.look_alikes import fold_look_alikes
from ovoz.text.pack import LanguagePack

_SHORTEST: Final = 3
_LONGEST: Final = 200
_ALIKE: Final = 90.0
_COMMON: Final = 200
"""A word in so many prompts says nothing of which are alike."""
_UNREADABLE: Final = {
    "figures: write them in words": re.compile(r"\d"),
    "symbols that nobody reads aloud": re.compile(r"[@#$%^&*_=+<>/\\|~№€§\[\]{}]"),
}


class PromptError(ValueError):
    """A prompt that stays out; the message says why."""


@dataclass(frozen=True, slots=True)
class RefusedPrompt:
    """A prompt that stayed out."""

    pack: str
    text: str
    reason: str


def clean_prompt(text: str, pack: LanguagePack) -> str:
    """A prompt as it is shown: letters of one script in a word, apostrophes of one kind.

    Args:
        text: As its author wrote it.
        pack: Knows the letters that a model can write.

    Raises:
        PromptError: It is too short or too long, or cannot be read aloud in one way.
    """
    cleaned = fold_look_alikes(" ".join(fold_apostrophes(fold_unicode(text)).split()))
    if not _SHORTEST <= len(cleaned) <= _LONGEST:
        raise PromptError(f"{len(cleaned)} characters, wanted are {_SHORTEST} to {_LONGEST}")
    for reason, pattern in _UNREADABLE.items():
        if pattern.search(cleaned):
            raise PromptError(reason)
    foreign = set(pack.canonical(cleaned)) - set(pack.alphabet) - {" "}
    if foreign:
        raise PromptError(f"letters outside of the language pack: {' '.join(sorted(foreign))}")
    return cleaned


class NearDuplicates:
    """Finds prompts that say nearly the same.

    Texts are compared by their canonical form; a similarity of 90 (rapidfuzz's ratio: 100 minus the
    share of letters inserted and deleted) is nearly the same.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)

    def find(self, canonical: str) -> str | None:
        """A text that was added before and says nearly the same."""
        shared = Counter(
            number
            for word in set(canonical.split())
            if len(self._by_word[word]) <= _COMMON
            for number in self._by_word[word]
        )
        for number, _ in shared.most_common():
            if fuzz.ratio(canonical, self._texts[number], score_cutoff=_ALIKE):
                return self._texts[number]
        return None

    def add(self, canonical: str) -> None:
        """Add a text."""
        for word in set(canonical.split()):
            self._by_word[word].append(len(self._texts))
        self._texts.append(canonical)


async def add_prompts(
    session: AsyncSession, packs: Iterable[PromptPack], language: LanguagePack
) -> tuple[int, Sequence[RefusedPrompt]]:
    """Add packs to the prompts; those that are there already are left alone.

    Returns:
        How many were added, and which stayed out.
    """
    known: dict[Task, NearDuplicates] = {task: NearDuplicates() for task in Task}
    ids = set()
    for prompt in await session.scalars(select(Prompt)):
        ids.add(prompt.id)
        known[Task(prompt.task)].add(language.canonical(prompt.text))
    added, refused = 0, []
    for pack in packs:
        for text in pack.prompts:
            try:
                cleaned = clean_prompt(text, language)
                prompt_id = _identify(pack, cleaned)
                canonical = language.canonical(cleaned)
                if prompt_id in ids:
                    continue
                if alike := known[pack.task].find(canonical):
                    raise PromptError(f"nearly the same as: {alike}")
            except PromptError as error:
                refused.append(RefusedPrompt(pack.name, text, str(error)))
                continue
            session.add(_row(pack, prompt_id, cleaned))
            known[pack.task].add(canonical)
            ids.add(prompt_id)
            added += 1
    return added, refused


def _identify(pack: PromptPack, cleaned: str) -> str:
    return hashlib.sha256(f"{pack.task} {cleaned}".encode()).hexdigest()[:16]


def _row(pack: PromptPack, prompt_id: str, text: str) -> Prompt:
    return Prompt(
        id=prompt_id,
        pack=pack.name,
        task=pack.task,
        language=pack.language,
        dialect=pack.dialect,
        domain=pack.domain,
        text=text,
    )
