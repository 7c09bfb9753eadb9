"""Ingestion keeps nothing of a row in memory but the digest of its audio."""

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.corpus import ingestion
from ovoz.corpus.bringing import PART_SCHEMA


def parts(folder: Path, row: dict[str, object], number: int) -> Path:
    (folder / "parts").mkdir(parents=True)
    for part in range(number):
        rows = [
            row | {"id": f"{part}-{place}", "sha256": f"{part * ingestion.PART + place:064x}"}
            for place in range(ingestion.PART)
        ]
        table = pa.Table.from_pylist(rows, schema=PART_SCHEMA)
        pq.write_table(table, folder / "parts" / f"{part:06d}.parquet")
    return folder


def peak(folder: Path) -> int:
    tracemalloc.start()
    try:
        ingestion._join_parts(folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_row_leaves_its_hash_in_memory_and_no_more(corpus, tmp_path: Path) -> None:
    row = pq.read_table(corpus[0]).to_pylist()[0] | {"text": "salom " * 100, "lost_s": 0.0}
    few, many = (parts(tmp_path / str(number), row, number) for number in (2, 22))
    grown = (peak(many) - peak(few)) / (20 * ingestion.PART)
    assert grown < 250  # bytes; such a row is over a thousand
    manifest = pq.ParquetFile(many / "manifest.parquet")
    assert (manifest.metadata.num_rows, manifest.num_row_groups) == (22 * ingestion.PART, 22)
