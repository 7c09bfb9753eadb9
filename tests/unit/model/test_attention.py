"""The attention head equals Whisper's decoder, whatever padding follows a clip."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import WhisperConfig, WhisperForConditionalGeneration

from ovoz.model.checkpoint import save_checkpoint
from ovoz.model.config import AttentionConfig, BottleneckConfig, HeadKind, LoraConfig, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.text_tokens import TextTokens, TextTokensError
from ovoz.model.tokenizer import CharTokenizer
from ovoz.model.whisper import load_whisper_tokens

from ...whisper_folder import whisper_tokenizer

TOKENIZER = CharTokenizer.from_alphabet("abdeгдʻ")
SHAPE = NetworkConfig(
    d_model=16, layers=1, heads=2, max_positions=60, head=HeadKind.HYBRID,
    attention=AttentionConfig(layers=2, max_tokens=24),
)  # fmt: skip


@pytest.fixture(scope="module")
def start():
    torch.manual_seed(3)
    made = initialize_network(SHAPE, TOKENIZER)
    made.network.eval()
    return made


@pytest.fixture(scope="module")
def whisper(tmp_path_factory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("hub") / "whisper"
    tokenizer = whisper_tokenizer(512)
    model = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=600, num_mel_bins=80, d_model=16, encoder_layers=1, decoder_layers=2,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
            decoder_ffn_dim=64, max_source_positions=40, max_target_positions=20, pad_token_id=0,
            bos_token_id=1, eos_token_id=2, decoder_start_token_id=3,
        )
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def heard(network, frames=50, rows=1):
    features = torch.randn(rows, 80, frames, generator=torch.Generator().manual_seed(frames))
    with torch.inference_mode():
        return network.encode(features, torch.full((rows,), frames))


def test_logits_are_those_of_whispers_own_decoder(whisper) -> None:
    config = NetworkConfig(base_model=str(whisper), head="attention")
    network = initialize_network(config, TOKENIZER).network.eval()
    model = WhisperForConditionalGeneration.from_pretrained(whisper).eval()
    features = torch.randn(2, 80, 80)
    tokens = torch.randint(0, 600, (2, 9))
    with torch.inference_mode():
        theirs = model(input_features=features, decoder_input_ids=tokens).logits
        hidden, lengths = network.encode(features, torch.tensor([80, 80]))
        ours = network.attention(hidden, lengths, tokens)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@given(frames=st.integers(2, 60), extra=st.integers(1, 40))
def test_padding_behind_a_clip_changes_nothing(start, frames: int, extra: int) -> None:
    hidden, lengths = heard(start.network, frames)
    tokens = torch.tensor([start.tokens.prompt])
    longer = torch.cat([hidden, torch.randn(1, extra, hidden.shape[-1])], 1)
    with torch.inference_mode():
        alone = start.network.attention(hidden, lengths, tokens)
        padded = start.network.attention(longer, lengths, tokens)
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-4)


def test_generating_step_by_step_equals_one_forward_pass(start) -> None:
    hidden, lengths = heard(start.network, rows=3)
    attention, prompt = start.network.attention, list(start.tokens.prompt)
    for row, said in enumerate(attention.generate(hidden, lengths, start.tokens)):
        tokens = torch.tensor([[*prompt, *said]])[:, : attention.decoder.max_target_positions]
        with torch.inference_mode():
            logits = attention(hidden[row : row + 1], lengths[:1], tokens)
        likeliest = logits[0, len(prompt) - 1 :].argmax(-1).tolist()
        assert likeliest[: len(said)] == said
        ended = likeliest[len(said) : len(said) + 1] == [start.tokens.end]
        assert ended or len(prompt) + len(said) + 1 == attention.decoder.max_target_positions


@given(st.text(alphabet=[*"abdeгдʻ "]))
def test_character_tokens_round_trip(text: str) -> None:
    tokens = TextTokens.from_characters(TOKENIZER.symbols)
    assert len(tokens.encode(text)) == len(text)
    assert tokens.decode(tokens.encode(text)) == text
    assert tokens.decode([*tokens.prompt, *tokens.encode(text), tokens.end]) == text


def test_the_prompt_has_the_language_of_the_configuration(whisper) -> None:
    tokens = load_whisper_tokens(str(whisper), "uz")
    names = [tokens.names[number] for number in tokens.prompt]
    assert names == ["<|startoftranscript|>", "<|uz|>", "<|transcribe|>", "<|notimestamps|>"]
    assert tokens.decode(tokens.encode("бор da")).strip() == "бор da"
    with pytest.raises(TextTokensError, match="'xx'"):
        load_whisper_tokens(str(whisper), "xx")
    with pytest.raises(TextTokensError, match="no tokenizer"):
        load_whisper_tokens(str(whisper.parent), "uz")


def test_tokens_without_an_end_are_refused() -> None:
    with pytest.raises(TextTokensError, match="endoftext"):
        TextTokens(Tokenizer(BPE({"a": 0}, [])), [0])


def learning(network) -> set[str]:
    return {name.split(".")[0] for name, one in network.named_parameters() if one.requires_grad}


def test_whispers_decoder_is_frozen_with_the_base_and_adapted_with_it(whisper) -> None:
    for adapter, parts in [
        (BottleneckConfig(dim=2), {"adapters", "head"}),
        (LoraConfig(rank=2), {"encoder", "attention", "head"}),
    ]:
        config = NetworkConfig(base_model=str(whisper), head="hybrid", adapter=adapter)
        network = initialize_network(config, TOKENIZER).network
        network.freeze_base()
        assert learning(network) == parts
        trained = [name for name, one in network.named_parameters() if one.requires_grad]
        assert all(".lora_" in name or name[:4] in ("head", "adap") for name in trained)


def test_an_attention_head_on_a_ctc_model_is_new_and_fully_trainable(tmp_path) -> None:
    base = initialize_network(SHAPE.model_copy(update={"head": HeadKind.CTC}), TOKENIZER)
    save_checkpoint(base, tmp_path / "base")
    wanted = NetworkConfig(
        base_model=str(tmp_path / "base"), head="hybrid", adapter=BottleneckConfig(dim=2)
    )
    start = initialize_network(wanted, TOKENIZER)
    assert start.tokens is not None
    start.network.freeze_base()
    assert learning(start.network) == {"adapters", "head", "attention"}
    assert torch.equal(start.network.head.weight, base.network.head.weight)


def test_an_attention_head_cannot_take_new_symbols(tmp_path) -> None:
    save_checkpoint(initialize_network(SHAPE, TOKENIZER), tmp_path / "base")
    config = NetworkConfig(base_model=str(tmp_path / "base"), head="hybrid")
    kept = initialize_network(config, TOKENIZER)
    assert kept.network.config.attention.pretrained
    with pytest.raises(ValueError, match="other symbols"):
        initialize_network(config, CharTokenizer.from_alphabet("xyz"))


def test_a_network_without_ctc_says_so(start) -> None:
    only = initialize_network(SHAPE.model_copy(update={"head": HeadKind.ATTENTION}), TOKENIZER)
    with pytest.raises(ValueError, match="no CTC head"):
        only.network(torch.zeros(1, 80, 8), torch.tensor([8]))
