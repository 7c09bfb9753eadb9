"""The second reader: when it is asked, when its text is taken, and where its words lie."""

import numpy as np
import pytest
from transformers import WhisperConfig, WhisperForConditionalGeneration

from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.forced_alignment import Aligner
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.export.exporter import export
from ovoz.engine.frontend import Frontend
from ovoz.engine.load import load_draft_engine, load_engine
from ovoz.engine.readers.ctc import CtcReader
from ovoz.engine.readers.second import SecondReader, WhisperText
from ovoz.engine.runtimes import TokenSequence
from ovoz.engine.second_reader import SecondReaderConfig, SecondReaderDescription
from ovoz.model.features import LogMelConfig
from ovoz.model.text_tokens import TextTokens
from ovoz.model.tokenizer import CharTokenizer
from ovoz.registry.version_tags import content_digest
from ovoz.text.pack import load_pack

from ...conftest import ALPHABET, IDENTITY, LEXICON
from ...whisper_folder import whisper_tokenizer

PACK = load_pack("uz-ru")
TOKENIZER = CharTokenizer.from_alphabet(ALPHABET)
FRAME_S = 0.04
RULE = SecondReaderDescription(
    base_model="whisper", features=LogMelConfig(), window_s=30.0, max_tokens=448, unless_sure=0.9
)


class Heard:
    """A network that hears one text, each letter for two frames, whatever the sound."""

    def __init__(self, text: str, certainty: float) -> None:
        path = [0, *(label for one in TOKENIZER.encode(text) for label in (one, one, 0))]
        rest = (1 - certainty) / TOKENIZER.size
        rows = np.full((len(path), TOKENIZER.size + 1), rest, np.float32)
        rows[np.arange(len(path)), path] += certainty
        self.rows = np.log(rows[:, : TOKENIZER.size])

    def log_probs(self, features, lengths):
        rows = np.stack([self.rows] * len(features))
        return rows, np.full(len(features), len(self.rows))

    @property
    def samples(self):
        return np.zeros(round(len(self.rows) * FRAME_S * 16_000), np.float32)


def read(heard: str, second: str, *, certainty=0.6, rule=RULE, **options):
    """What a second reader makes of a sound; also how often it was asked."""
    asked = []

    def told(samples):
        asked.append(len(samples))
        return second

    network = Heard(heard, certainty)
    frontend = Frontend(LogMelConfig(), frame_s=FRAME_S, window_s=15.0)
    greedy = build_decoder(DecoderConfig(), TOKENIZER.symbols, ())
    reader = SecondReader(
        CtcReader(network, greedy, TOKENIZER.symbols, frontend),
        told, Aligner(TOKENIZER.symbols), rule,
        canonical=PACK.canonical, label=PACK.transcript_languages,
    )  # fmt: skip
    (found,) = reader.read([network.samples], **options)
    return [word.text for word in found.words], len(asked), found.words


@pytest.mark.parametrize("heard", ["номир банка", "номир бaнка"], ids=["one script", "a letter"])
def test_an_unsure_reading_in_its_language_is_read_again(heard: str) -> None:
    words, asked, places = read(heard, "Номер банка.")
    assert (words, asked) == (["номер", "банка"], 1)
    edges = [edge for word in places for edge in (word.start_frame, word.end_frame)]
    assert edges == sorted(edges)
    assert edges[-1] <= len(Heard(heard, 0.6).rows)


@pytest.mark.parametrize(
    ("heard", "certainty"),
    [
        ("номир банка", 0.99),
        ("salom kredit", 0.6),
        ("salom номир", 0.6),
        ("номerда да", 0.6),
        ("", 0.6),
    ],
    ids=["sure", "Uzbek", "switched", "mostly mixed words", "silence"],
)
def test_any_other_reading_stays(heard: str, certainty: float) -> None:
    words, asked, _ = read(heard, "Номер банка.", certainty=certainty)
    assert (words, asked) == (heard.split(), 0)


@pytest.mark.parametrize(
    "second",
    [
        "", "...", "Hello and welcome", "Salom", "Субтитры делал кто-то",
        "номер " * 200, "банка банка банка",
    ],
    ids=[
        "nothing", "signs", "English", "Uzbek", "unknown letters", "repeated for ever",
        "something else",
    ],
)  # fmt: skip
def test_invented_text_is_dropped(second: str) -> None:
    strict = RULE.model_copy(update={"least_score": -1.0})
    words, asked, _ = read("номир", second, rule=strict)
    assert (words, asked) == (["номир"], 1)


def test_letters_that_are_not_allowed_and_hot_words_keep_the_first_reading() -> None:
    words, _, _ = read("номир", "номер", allowed_letters=lambda letter: letter != "е")
    assert words == ["номир"]
    network = Heard("номир", 0.6)
    frontend = Frontend(LogMelConfig(), frame_s=FRAME_S, window_s=15.0)
    lexicon = DecoderConfig(kind=DecoderKind.LEXICON)
    first = CtcReader(
        network, build_decoder(lexicon, TOKENIZER.symbols, LEXICON), TOKENIZER.symbols, frontend
    )
    reader = SecondReader(
        first, lambda samples: pytest.fail("it was asked"), Aligner(TOKENIZER.symbols), RULE,
        canonical=PACK.canonical, label=PACK.transcript_languages,
    )  # fmt: skip
    assert reader.read([network.samples], hot_words=["номер"])


def test_whisper_hears_windows_of_full_length() -> None:
    seen = []

    class Runtime:
        def generate(self, features, suppressed):
            seen.append((features.shape[-1], list(suppressed)))
            return TokenSequence(tokens.encode("да"))

    tokens = TextTokens.from_characters(TOKENIZER.symbols)
    frontend = Frontend(LogMelConfig(hop=160), frame_s=0.02, window_s=30.0)
    text = WhisperText(Runtime(), tokens, frontend, suppressed=[5])
    assert text(np.zeros(16_000, np.float32)) == "да"
    assert text(np.zeros(16_000 * 40, np.float32)) == "да да"
    assert seen == [(3000, [5])] * 3


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "whisper"
    tokenizer = whisper_tokenizer(512)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=600 + 1600, num_mel_bins=80, d_model=16, encoder_layers=1,
            decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=64, decoder_ffn_dim=64, max_source_positions=1500,
            max_target_positions=20, pad_token_id=0, bos_token_id=1, eos_token_id=2,
            decoder_start_token_id=3,
        )
    )  # fmt: skip
    model.generation_config.suppress_tokens = [7, 11]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def artifact(whisper, checkpoint, tmp_path_factory):
    return export(
        checkpoint, LEXICON, tmp_path_factory.mktemp("exported") / "artifact", IDENTITY,
        decoder=DecoderConfig(), second_reader=SecondReaderConfig(base_model=str(whisper)),
    )  # fmt: skip


def test_an_artifact_carries_it_and_says_so(artifact, clips) -> None:
    description = read_description(artifact)
    second = description.second_reader
    assert second is not None
    assert (second.base_model, second.window_s, second.suppressed) == ("whisper", 30.0, (7, 11))
    assert "second/model.bin" in description.files
    engine = load_engine(artifact)
    assert isinstance(engine.reader, SecondReader)
    assert len(engine.transcribe(clips)) == len(clips)
    assert "second reader: whisper, for ru" in (artifact / "card.md").read_text("utf-8")


def test_another_decoder_and_drafts_go_without_it(artifact) -> None:
    assert isinstance(load_engine(artifact, decoder=DecoderConfig()).reader, CtcReader)
    assert isinstance(load_draft_engine(artifact, load_engine(artifact)).reader, CtcReader)


def test_it_is_part_of_what_a_model_writes(artifact) -> None:
    description = read_description(artifact)
    without = description.model_copy(update={"second_reader": None})
    stricter = description.second_reader.model_copy(update={"unless_sure": 0.5})
    changed = description.model_copy(update={"second_reader": stricter})
    assert len({content_digest(one) for one in (description, without, changed)}) == 3


def test_it_stands_beside_the_ctc_head_alone(whisper, checkpoint, tmp_path) -> None:
    with pytest.raises(ValueError, match="second_reader: the decoder must read the CTC head"):
        export(
            checkpoint, LEXICON, tmp_path / "artifact", IDENTITY,
            decoder=DecoderConfig(kind=DecoderKind.LEXICON, attention_weight=0.5),
            second_reader=SecondReaderConfig(base_model=str(whisper)),
        )  # fmt: skip
