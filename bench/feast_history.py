"""Times Feast's point-in-time join: feast_history.py REPO ENTITY_ROWS RUNS. Prints {"seconds": [...], "rows": n} as JSON."""

import json
import sys
import time

import pandas as pd

from feast import FeatureStore

store = FeatureStore(sys.argv[1])
rows = pd.read_parquet(sys.argv[2], columns=["driver", "event_timestamp"])
features = [f"history_{v}:{p}{i}" for v, p in enumerate("abc") for i in range(5)]
seconds = []
found = 0
for _ in range(int(sys.argv[3])):
    started = time.perf_counter()
    found = store.get_historical_features(entity_df=rows, features=features).to_arrow().num_rows
    seconds.append(time.perf_counter() - started)
print(json.dumps({"seconds": seconds, "rows": found}))
