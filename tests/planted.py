"""Fifty names and numbers of callers, which must be found nowhere."""

_FORENAMES = ("gulnora", "sherzod", "дилфуза", "bahodir", "наргиза")
_SURNAMES = ("xolmatova", "qodirov", "юсупова", "ergashev", "каримова")
SECRETS = [
    *(f"{first} {last}" for first in _FORENAMES for last in _SURNAMES),
    *(f"99890{number:07}" for number in range(1_234_567, 1_234_567 + 25)),
]
WORDS = {word for secret in SECRETS for word in secret.split()}
