"""The real data sets: every row is read, and the shape is known."""

import os
from pathlib import Path

import pytest

from entregent.adapters.readers import open_reading

SHARED = Path(os.environ.get("ENTREGENT_SHARED", Path(__file__).parents[4] / "shared")) / "data"

FILES = [
    ("olist_sample/olist_customers_dataset.csv", "olist_customers", 8_135),
    ("olist_sample/olist_orders_dataset.csv", "olist_orders", 8_135),
    ("olist_sample/olist_order_payments_dataset.csv", "olist_payments", 8_924),
    ("olist_sample/olist_order_reviews_dataset.csv", "olist_reviews", 8_225),
    ("olist_sample/olist_order_items_dataset.csv", "olist_items", 8_365),
    ("insurance_reviews_fr/insurance_reviews_fr_en.parquet", "insurance_reviews", 34_435),
    ("nps_telecom_verbatims/nps_verbatims.csv", "nps_verbatims", 2_385),
    ("servicenow_incidents/incident_event_log.parquet", "servicenow_incident", 141_712),
    ("online_retail/online_retail.parquet", "online_retail", 541_909),
    ("online_retail_ii_2009_2010/online_retail_II.parquet", "online_retail", 525_461),
    ("event_logs/helpdesk.xes.gz", "event_log", 21_348),
    ("annomi/AnnoMI-simple.csv.gz", None, 9_699),
    ("cfpb_complaints_sample/complaints_sample.csv", None, 1_000),
    ("sncf_station_satisfaction/motif_dep.xlsx", None, 282),
    ("tweetsumm/final_valid_tweetsum.jsonl", None, 110),
]


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "shape", "rows"), FILES)
def test_every_row_of_a_real_file_is_read(name, shape, rows):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the real data set {name} is not beside the repository")

    reading = open_reading(path)
    batches = list(reading.batches())

    assert reading.shape == shape
    assert sum(len(batch) for batch in batches) == rows
    assert [row for batch in batches for row in batch.unreadable] == []


@pytest.mark.real_data
def test_the_nps_of_the_real_verbatims_is_the_published_one():
    path = SHARED / "nps_telecom_verbatims/nps_verbatims.csv"
    if not path.exists():
        pytest.skip("the real verbatims are not beside the repository")

    reading = open_reading(path)
    (batch,) = reading.batches()
    (scores,) = (batch.cells[c] for c in reading.mapping.role_columns("answer.nps.recommend"))
    (stages,) = (batch.cells[c] for c in reading.mapping.role_columns("answer_text.nps.stage"))
    given = [(stage, int(score)) for stage, score in zip(stages, scores, strict=True) if score]

    def net(chosen):
        return 100 * (sum(s >= 9 for s in chosen) - sum(s <= 6 for s in chosen)) / len(chosen)

    assert len(given) == 2_353
    assert round(net([score for _, score in given]), 1) == -24.7
    by_stage = {
        stage: round(net([s for at, s in given if at == stage]), 1) for stage in set(stages)
    }
    assert sorted(by_stage.values(), reverse=True) == [-10.0, -29.3, -56.7, -76.7]
