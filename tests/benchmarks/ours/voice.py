"""Segment, detect language, encode, code and write Parquet: the fast profile over so many processes."""

import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from entregent.adapters.coders.coder import carried_coder
from entregent.adapters.coders.pipeline import code_texts
from entregent.adapters.redaction import redacted


def coded(part: tuple[str, int, int]) -> int:
    """Code every so-many-th text of a file and write what was found; how many segments."""
    source, rank, parts = part
    texts = json.loads(Path(source).read_text("utf-8"))[rank::parts]
    segments = 0
    with TemporaryDirectory() as folder:
        writer = None
        for batch in code_texts(enumerate(texts)):
            writer = writer or pq.ParquetWriter(Path(folder) / "segments", batch.segments.schema)
            writer.write_batch(batch.segments)
            segments += batch.segments.num_rows
        if writer:
            writer.close()
    return segments


def main() -> None:
    source, processes = sys.argv[1], int(sys.argv[2])
    carried_coder()
    # Each process reads a few texts first: the table of words is then in place, as it is in a
    # worker that has run before.
    list(code_texts([(1, "Prêt. Ready.")]))
    began, spent = time.perf_counter(), time.process_time()
    if processes == 1:
        segments = coded((source, 0, 1))
    else:
        with ProcessPoolExecutor(processes) as pool:
            segments = sum(pool.map(coded, [(source, n, processes) for n in range(processes)]))
    seconds = time.perf_counter() - began
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() - spent + children.ru_utime + children.ru_stime
    texts = json.loads(Path(source).read_text("utf-8"))[:2000]
    masking = time.process_time()
    for text in texts:
        redacted(text)
    masking = time.process_time() - masking
    print(
        json.dumps(
            {
                "segments": segments,
                "seconds": seconds,
                "processor_seconds": spent,
                "masked_per_second": len(texts) / masking,
            }
        )
    )


if __name__ == "__main__":
    main()
