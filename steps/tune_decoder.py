"""The weights of the decoder, fitted to dev."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.decoding.config import DecoderConfig
from ovoz.evaluation.decoder_tuning import DecoderTuningConfig
from ovoz.progress import progress_bar
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def tune_decoder(
    checkpoint: Path,
    dataset: Dataset,
    language_models: Path,
    decoder: DecoderConfig,
    tuning: DecoderTuningConfig,
) -> Annotated[DecoderConfig, "decoder"]:
    """Try the weights of the profile on what the trained network makes of dev."""
    from ovoz.decoding.language_models import with_language_models
    from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
    from ovoz.engine.checkpoint_engine import build_trained_ctc_reader
    from ovoz.evaluation.decoder_tuning import choose_for_tuning
    from ovoz.evaluation.decoder_tuning import tune_decoder as tune
    from ovoz.model.checkpoint import load_checkpoint

    rows = choose_for_tuning(dataset, tuning)
    if not rows:
        Console().print("  not tuned: the language models know most sentences of dev by heart")
        return decoder
    trained = load_checkpoint(checkpoint)
    reader = build_trained_ctc_reader(trained, DecoderConfig.best_path(ctc=True))
    with progress_bar("decoders tried on dev") as progress:
        tuned = tune(
            with_language_models(decoder, language_models),
            tuning,
            [(row.text, reader.log_probs([dataset.samples(row)])[0]) for row in rows],
            trained.tokenizer.symbols,
            read_lexicon(language_models / LEXICON_FILE),
            progress,
        )
    Console().print(f"  {tuned}", highlight=False)
    log_metadata({"before": tuned.before._asdict(), "after": tuned.after._asdict()})
    return tuned.decoder
