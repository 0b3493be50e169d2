"""Writes the data that Slipway and Feast serve: weather of JFK, EWR and LGA moved to now, the register of aircraft, accounts with every hard case.

Usage: make_data.py FLIGHTS_DATA OUT NOW (ISO, whole seconds)
"""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

flights, out = Path(sys.argv[1]), Path(sys.argv[2])
now = datetime.fromisoformat(sys.argv[3])
TIME = pa.timestamp("us", tz="UTC")
BIG = 2**53 + 1  # the first integer that no double holds


def ago(**span: float) -> datetime:
    return now - timedelta(**span)


weather = pd.read_parquet(flights / "weather.parquet")
weather = weather[weather.observed_at < pd.Timestamp("2013-01-04", tz="UTC")]
weather["observed_at"] = (weather["observed_at"] + (pd.Timestamp(ago(minutes=10)) - weather["observed_at"].max())).astype("datetime64[us, UTC]")
weather.to_parquet(out / "weather.parquet", index=False)

planes = pd.read_parquet(flights / "planes.parquet")
planes["registered"] = pd.Series([pd.Timestamp(ago(days=2))] * len(planes)).astype("datetime64[us, UTC]")
planes.to_parquet(out / "planes.parquet", index=False)

# Account 2 is older than the view's ttl; 3 has extremes and an empty value; the fourth's key is beyond 2^53. Column `points` holds a null, `cents` none.
accounts = pa.table({
    "account": pa.array([1, 2, 3, BIG, 5], pa.int64()),
    "event_timestamp": pa.array([ago(hours=1), ago(hours=30), ago(minutes=5), ago(hours=2), ago(hours=3)], TIME),
    "created": pa.array([ago(minutes=59), ago(hours=29), ago(minutes=4), ago(hours=1), ago(hours=2)], TIME),
    "cents": pa.array([BIG, 7, -(2**63), 2**63 - 1, 0], pa.int64()),
    "points": pa.array([BIG, 7, None, 4, 5], pa.int64()),
    "score": pa.array([0.1, 0.5, None, 1e150, 2.0], pa.float64()),
    "tier": pa.array(["gold", "lead", None, "grün ☂ \"\\ \n", ""], pa.string()),
    "active": pa.array([True, False, None, True, False], pa.bool_()),
    "opened": pa.array([datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc), ago(days=9), datetime(1960, 1, 1, tzinfo=timezone.utc), ago(days=3), ago(days=2)], TIME),
})
pq.write_table(accounts, out / "accounts.parquet")

pairs = pa.table({
    "account": pa.array([1, 1, 2], pa.int64()),
    "merchant": pa.array(["a", "b|c", "a"], pa.string()),
    "event_timestamp": pa.array([ago(hours=3), ago(hours=2), ago(hours=1)], TIME),
    "spent": pa.array([1.5, 2.5, 3.5], pa.float64()),
    "visits": pa.array([1, 2, 3], pa.int64()),
})
pq.write_table(pairs, out / "pairs.parquet")
