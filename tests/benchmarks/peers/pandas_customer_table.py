"""The same with pandas, written for speed: whole columns, no function called per customer. FILE."""

import json
import sys

import pandas as pd

DAY = pd.Timedelta(days=1)
as_of = pd.Timestamp("2026-01-01", tz="UTC")
events = pd.read_parquet(sys.argv[1])
events = events[events["at"] <= as_of]
for name in ("activity", "channel"):
    events[name] = events[name].astype("category")
events = events.sort_values(["customer_id", "at", "activity", "channel"], ignore_index=True)

same = events["customer_id"] == events["customer_id"].shift()
events["gap"] = (events["at"] - events["at"].shift()).where(same) / DAY
events["switched"] = (events["channel"] != events["channel"].shift()) & same
events["age"] = (as_of - events["at"]) / DAY
events["day"] = events["at"].dt.floor("D")
bought = events["activity"] == "buy"
events["paid"] = events["amount"].where(bought)
events["paid_age"] = events["age"].where(bought)
events["recent_30"] = events["age"] < 30
events["recent_90"] = events["age"] < 90
events["earlier_90"] = (events["age"] >= 90) & (events["age"] < 180)
events["phone"] = events["channel"] == "phone"
events["digital"] = events["channel"].isin(["email", "chat", "web", "social"])

customers = events.groupby("customer_id", sort=False)
table = customers.agg(
    events=("at", "size"),
    active_days=("day", "nunique"),
    activities=("activity", "nunique"),
    channels=("channel", "nunique"),
    age_days=("age", "max"),
    days_since_last_event=("age", "min"),
    days_between_events=("gap", "mean"),
    longest_silence_days=("gap", "max"),
    median_gap_days=("gap", "median"),
    events_last_30_days=("recent_30", "sum"),
    events_last_90_days=("recent_90", "sum"),
    events_previous_90_days=("earlier_90", "sum"),
    purchases=("paid", "count"),
    bought=("paid", "sum"),
    mean_purchase=("paid", "mean"),
    largest_purchase=("paid", "max"),
    days_since_last_purchase=("paid_age", "min"),
    phone_share=("phone", "mean"),
    digital_share=("digital", "mean"),
    channel_switches=("switched", "sum"),
).reset_index()
print(json.dumps({name: float(table[name].sum()) for name in table.columns}))
