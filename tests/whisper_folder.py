"""The tokenizer files of a Whisper checkpoint, without the hub."""

from transformers import WhisperTokenizerFast
from transformers.convert_slow_tokenizer import bytes_to_unicode
from transformers.models.whisper.tokenization_whisper import LANGUAGES


def whisper_tokenizer(text_tokens: int = 50_257) -> WhisperTokenizerFast:
    """The first release's 99 languages and signs, behind ``text_tokens`` byte-level tokens.

    The first 256 are the bytes; the others are never merged to, which no layout shows.
    """
    letters = list(bytes_to_unicode().values())
    names = [*letters, *(f"unused{number}" for number in range(text_tokens - len(letters)))]
    signs = [
        "<|endoftext|>", "<|startoftranscript|>",
        *(f"<|{code}|>" for code in LANGUAGES if code != "yue"),
        "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
        "<|notimestamps|>",
    ]  # fmt: skip
    return WhisperTokenizerFast(
        vocab={name: number for number, name in enumerate(names)},
        merges=[],
        extra_special_tokens=signs,
    )
