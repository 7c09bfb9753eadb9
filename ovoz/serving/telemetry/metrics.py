"""Figures for Prometheus, summed over the workers of a service."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_S: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60)

REQUESTS: Final = Counter("asr_requests", "Requests answered.", ["endpoint", "status"])
DURATION: Final = Histogram(
    "asr_request_duration_seconds", "From the first byte to the last.", ["endpoint"],
    buckets=_LATENCY_S,
)  # fmt: skip
FIRST_RESULT: Final = Histogram(
    "asr_first_result_seconds", "From the first byte to the first of the answer.", ["endpoint"],
    buckets=_LATENCY_S,
)  # fmt: skip
CONNECTIONS: Final = Gauge(
    "asr_active_connections", "Requests and sockets under way.", ["kind"],
    multiprocess_mode="livesum",
)  # fmt: skip
QUEUE_DEPTH: Final = Gauge(
    "asr_queue_depth", "Recordings received and not yet transcribed.",
    multiprocess_mode="livesum",
)  # fmt: skip
BATCH_SIZE: Final = Histogram(
    "asr_batch_size", "Recordings that the model read together.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
STAGE: Final = Histogram(
    "asr_stage_duration_seconds", "Time in decode, queue, model and text.", ["stage"],
    buckets=(0.001, 0.0025, *_LATENCY_S),
)  # fmt: skip
REAL_TIME_FACTOR: Final = Histogram(
    "asr_real_time_factor", "Processing time over the duration of the audio.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)  # fmt: skip
AUDIO_SECONDS: Final = Counter("asr_audio_seconds", "Seconds of audio transcribed.", ["language"])
CACHE: Final = Counter("asr_cache_requests", "Questions to the result cache.", ["outcome"])
REFUSED: Final = Counter("asr_refused", "Requests refused or given up.", ["reason"])
FIRST_PARTIAL: Final = Histogram(
    "asr_stream_first_partial_seconds", "From the arrival of the first sound to its first words.",
    buckets=_LATENCY_S,
)  # fmt: skip
FINAL: Final = Histogram(
    "asr_stream_final_seconds", "From the arrival of the last sound to the final transcript.",
    buckets=_LATENCY_S,
)  # fmt: skip
LAG: Final = Histogram(
    "asr_stream_lag_seconds", "Speech of a stream that nothing has read, at each segment's end.",
    buckets=_LATENCY_S,
)  # fmt: skip
SHOWN_WORDS: Final = Counter("asr_stream_words_shown", "Words that streams showed.")
CHANGED_WORDS: Final = Counter("asr_stream_words_changed", "Shown words that were changed.")
SKIPPED: Final = Counter("asr_stream_partials_skipped", "Partial transcripts left out under load.")
RESUMED: Final = Counter("asr_stream_resumed", "Sessions that went on after a dropped socket.")
TRAFFIC_ROWS: Final = Counter(
    "asr_traffic_rows", "Segments for the traffic log: written, or lost for want of room.",
    ["outcome"],
)  # fmt: skip
WER: Final = Gauge(
    "asr_wer_score",
    "Word error rate, a share: of the latest corrected transcripts (feedback), and of the model's"
    " probe clips against what was registered (probe).",
    ["source", "model_version", "language"], multiprocess_mode="mostrecent",
)  # fmt: skip
CORRECTION_ROWS: Final = Counter(
    "asr_correction_rows", "Corrections for their log: written, or lost for want of room.",
    ["outcome"],
)  # fmt: skip
FEEDBACK_WORDS: Final = Counter(
    "asr_feedback_words", "Words of corrected transcripts.", ["language"]
)
FEEDBACK_ERRORS: Final = Counter(
    "asr_feedback_errors", "Word errors that corrections show.", ["language"]
)
JOB_RECORDINGS: Final = Gauge(
    "asr_job_recordings", "Recordings of jobs that are not done, of all processes.", ["state"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
JOB_RESULTS: Final = Counter(
    "asr_job_results", "Results of recordings that this process wrote.", ["outcome"]
)
WEBHOOKS: Final = Counter("asr_job_webhooks", "Tries to tell callers of jobs.", ["outcome"])
LAST_SUCCESS: Final = Gauge(
    "asr_background_last_success_seconds", "Unix time of the last success of repeated work.",
    ["work"], multiprocess_mode="mostrecent",
)  # fmt: skip
RESTARTS: Final = Counter(
    "asr_background_restarts", "Long-lived work that ended by itself and was restarted.", ["work"]
)
MODELS_LOADED: Final = Gauge(
    "asr_models_loaded", "Models in memory: two while one takes the place of the other.",
    multiprocess_mode="livesum",
)  # fmt: skip
MODEL_SWAPS: Final = Counter(
    "asr_model_swaps", "Versions of the watched alias that were taken or refused.", ["outcome"]
)
CANARY_REQUESTS: Final = Counter(
    "asr_canary_requests", "Recordings read while a canary is compared.", ["arm"]
)
CANARY_FAULTS: Final = Counter(
    "asr_canary_faults", "Recordings that a canary failed on; production read them."
)
CANARY_SHADOWED: Final = Counter(
    "asr_canary_shadowed", "Copies of requests for a canary: read, or dropped under load.",
    ["outcome"],
)  # fmt: skip
CANARY_RATE: Final = Gauge(
    "asr_canary_rate", "Mean of a measure over the pairs compared.", ["measure", "arm"],
    multiprocess_mode="mostrecent",
)  # fmt: skip
CANARY_EVIDENCE: Final = Gauge(
    "asr_canary_log_evidence", "Natural logarithm of the e-value, by hypothesis shown.",
    ["measure", "shown"], multiprocess_mode="mostrecent",
)  # fmt: skip
CANARY_DECISION: Final = Gauge(
    "asr_canary_decision", "1 for what the evidence decides; 0 everywhere without a canary.",
    ["decision"], multiprocess_mode="mostrecent",
)  # fmt: skip
MEMORY: Final = Gauge(
    "asr_memory_bytes", "Resident memory of the service's processes.", multiprocess_mode="livesum"
)
