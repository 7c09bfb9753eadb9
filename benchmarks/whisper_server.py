"""A faster-whisper server of the usual kind: FastAPI and uvicorn around one ``WhisperModel``.

    python benchmarks/whisper_server.py MODEL --port 8001 [--beam 5] [--threads 1] [--workers 2]

It is what `benchmarks/http_load.py` compares the service with, around a model with random weights,
which have the speed of trained ones, not their output. They would write the longest text that a
Whisper can, so every request says how many tokens its text takes, and the end of text is
suppressed until then. Retries at higher temperatures, which random weights would always cause, are
off; so is the detection of the language.

Nothing else is imported: faster-whisper collects garbage at every request, which takes the longer
the more modules there are.
"""

import io
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import uvicorn
from fastapi import FastAPI, Form, UploadFile
from faster_whisper import WhisperModel

END: Final = 50_257
"""The token that ends a text."""
PROMPT_TOKENS: Final = 2
"""Two signs. CTranslate2 keeps half of the length that it is asked for to the prompt."""


def build_server(model: Path, *, beam: int, threads: int, workers: int) -> FastAPI:
    """``POST /transcribe`` with ``file`` and ``tokens``, the length of the text to write."""
    whisper = WhisperModel(
        str(model), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=workers
    )
    app = FastAPI()

    @app.get("/readyz")
    def ready() -> None:
        """The model is loaded before the port is opened."""

    @app.post("/transcribe")
    def transcribe(file: UploadFile, tokens: Annotated[int, Form()]) -> dict[str, Any]:
        started = time.perf_counter()
        segments, info = whisper.transcribe(
            io.BytesIO(file.file.read()),
            language="en",
            beam_size=beam,
            temperature=0.0,
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
            without_timestamps=True,
            suppress_tokens=[END],
            max_new_tokens=max(1, 2 * tokens - PROMPT_TOKENS),
        )
        written = [(each.text, len(each.tokens)) for each in segments]
        return {
            "text": "".join(text for text, _ in written),
            "tokens": sum(count for _, count in written),
            "duration_s": info.duration,
            "processing_ms": 1000 * (time.perf_counter() - started),
        }

    return app


def main(
    model: Annotated[Path, typer.Argument(help="A model in CTranslate2's format.")],
    port: Annotated[int, typer.Option()] = 8001,
    beam: Annotated[int, typer.Option(min=1, help="1 is greedy.")] = 5,
    threads: Annotated[int, typer.Option(min=1, help="Of one request.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Requests computed at once.")] = 2,
) -> None:
    """Serve on loopback."""
    app = build_server(model, beam=beam, threads=threads, workers=workers)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    typer.run(main)
