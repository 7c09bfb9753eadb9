"""A Whisper of any size in the ways people run it, as what others are compared with.

Its weights are random, which leaves its speed what it is but not its output. It is made to write
as many tokens as the words of a clip would take; the end of text is suppressed until then. It
decodes greedily, which is the least it can do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import torch
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import WhisperConfig, WhisperForConditionalGeneration, logging
from transformers.models.whisper.tokenization_whisper import LANGUAGES

from benchmarks.speed import Run
from ovoz.audio.signal import SAMPLE_RATE, Samples

LETTERS_PER_TOKEN: Final = 3
PADDED_FRAMES: Final = 3_000
END: Final = 50_257
PROMPT: Final = [50_258, 50_259, 50_359, 50_363]


@dataclass(frozen=True, slots=True)
class Size:
    """Width and depth of encoder and decoder."""

    width: int
    layers: int
    heads: int


def random_whisper(size: Size) -> WhisperForConditionalGeneration:
    """A Whisper of multilingual vocabulary with random weights."""
    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=size.width,
        encoder_layers=size.layers,
        decoder_layers=size.layers,
        encoder_attention_heads=size.heads,
        decoder_attention_heads=size.heads,
        encoder_ffn_dim=4 * size.width,
        decoder_ffn_dim=4 * size.width,
    )
    model = WhisperForConditionalGeneration(config)
    model.eval()
    # What the class suggests by default names tokens of another vocabulary.
    model.generation_config.suppress_tokens = [END]
    model.generation_config.begin_suppress_tokens = None
    model.generation_config.forced_decoder_ids = None  # type: ignore[attr-defined]
    return model


def mel(clips: Sequence[Samples], frames: int) -> np.ndarray:
    """faster-whisper's features of clips, float32 [B, 80, ``frames``]."""
    extract = FeatureExtractor()
    result = np.zeros((len(clips), 80, frames), np.float32)
    for row, clip in zip(result, clips, strict=True):
        values = extract(clip, padding=0)[:, :frames]
        row[:, : values.shape[1]] = values
    return result


def converted(model: WhisperForConditionalGeneration, folder: Path) -> Path:
    """The model in CTranslate2's format, int8."""
    model.save_pretrained(folder / "whisper")
    converter = ctranslate2.converters.TransformersConverter(str(folder / "whisper"))
    result = Path(converter.convert(str(folder / "ctranslate2"), quantization="int8"))
    # A model without a tokenizer has nameless tokens, and CTranslate2 looks for these by name.
    signs = [
        "<|endoftext|>", "<|startoftranscript|>",
        *(f"<|{code}|>" for code in LANGUAGES if code != "yue"),
        "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>",
        "<|notimestamps|>",
    ]  # fmt: skip
    names = [f"word{token}" for token in range(model.config.vocab_size)]
    names[END : END + len(signs)] = signs
    (result / "vocabulary.json").write_text(json.dumps(names), encoding="utf-8")
    # What faster-whisper reads: the first release's signs behind tokens that spell nothing.
    tokenizer = Tokenizer(BPE({name: number for number, name in enumerate(names)}, []))
    tokenizer.add_special_tokens(signs)
    tokenizer.save(str(result / "tokenizer.json"))
    return result


def on_ctranslate2(model: ctranslate2.models.Whisper, *, padded: bool) -> Run:
    """CTranslate2's own generation."""

    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        longest = max(map(len, clips)) * 100 // SAMPLE_RATE
        features = mel(clips, PADDED_FRAMES if padded else longest + longest % 2)
        results = model.generate(
            ctranslate2.StorageView.from_array(features),
            [PROMPT] * len(clips),
            beam_size=1,
            # CTranslate2 gives the prompt one half of this length, and the text the other.
            max_length=2 * max([len(PROMPT), *tokens]),
            suppress_tokens=[END],
            suppress_blank=False,
        )
        written = len(results[0].sequences_ids[0])
        if written < max(tokens):
            raise RuntimeError(f"{written} tokens written, {max(tokens)} expected")
        return results

    return run


def on_faster_whisper(folder: Path, threads: int) -> Run:
    """faster-whisper as people call it; a batch is one signal with the clips' places in it."""
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    pipeline = BatchedInferencePipeline(model)
    # Start and "no times"; a language and a task where the model knows several of them.
    prompt = len(PROMPT) if model.model.is_multilingual else 2

    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        how: dict[str, Any] = {
            "language": "en",
            "beam_size": 1,
            "temperature": 0.0,
            "no_speech_threshold": None,
            "log_prob_threshold": None,
            "compression_ratio_threshold": None,
            "suppress_blank": False,
            "suppress_tokens": [END],
            "without_timestamps": True,
            # As above: half of the length that CTranslate2 is given is the prompt's.
            "max_new_tokens": 2 * max([prompt, *tokens]) - prompt,
        }
        if len(clips) == 1:
            segments, _ = model.transcribe(clips[0], **how)
        else:
            # Half a sample more, since faster-whisper cuts fractions off; silence behind, since it
            # takes what rounding adds for sound that lies behind the end.
            edges = (np.cumsum([0, *map(len, clips)]) + 0.5) / SAMPLE_RATE
            places = [{"start": start, "end": end} for start, end in pairwise(edges.tolist())]
            signal = np.concatenate([*clips, np.zeros(SAMPLE_RATE, np.float32)])
            segments, _ = pipeline.transcribe(
                signal, clip_timestamps=places, batch_size=len(clips), **how
            )
        written = [len(each.tokens) for each in segments]
        if len(written) != len(clips) or min(written) < max(tokens):
            raise RuntimeError(f"{written} tokens written, {max(tokens)} each expected")
        return written

    return run


def on_transformers(model: WhisperForConditionalGeneration) -> Run:
    """Hugging Face's ``generate``."""

    @torch.inference_mode()
    def run(clips: Sequence[Samples], tokens: Sequence[int]) -> object:
        return model.generate(
            torch.from_numpy(mel(clips, PADDED_FRAMES)),
            decoder_input_ids=torch.tensor([PROMPT] * len(clips)),
            max_new_tokens=max(tokens),
            min_new_tokens=max(tokens),
            num_beams=1,
            do_sample=False,
        )

    return run


def whispers(size: Size, folder: Path, threads: int) -> dict[str, Run]:
    """The same weights in every library, by name. ``torch`` is set to ``threads`` too."""
    logging.set_verbosity_error()
    torch.set_num_threads(threads)
    model = random_whisper(size)
    files = converted(model, folder)
    raw = ctranslate2.models.Whisper(str(files), compute_type="int8", intra_threads=threads)
    return {
        "faster-whisper int8": on_faster_whisper(files, threads),
        "CTranslate2 int8, padded to 30 s": on_ctranslate2(raw, padded=True),
        "CTranslate2 int8, as long": on_ctranslate2(raw, padded=False),
        "Hugging Face generate, fp32": on_transformers(model),
    }
