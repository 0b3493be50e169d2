"""Trains 100 trees of 31 leaves on 15 columns, writes model and rows into the folder that it is given, then measures what each line asks for.

Answers one line of JSON a question: processor seconds for all rows on one thread.
"""
import json
import pathlib
import sys
import time

import lightgbm
import numpy as np

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(5)
X = rng.normal(size=(20000, 15))
X[rng.uniform(size=X.shape) < 0.05] = np.nan
F = np.nan_to_num(X)
y = F[:, 0] - F[:, 1] * (F[:, 2] > 0) + 0.5 * F[:, 3] * F[:, 4] + np.sin(F[:, 5] * 2) + 0.3 * F[:, 6] + rng.normal(size=len(X)) > 0
model = lightgbm.train({"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 1, "seed": 1}, lightgbm.Dataset(X, y.astype(int)), 100)
model.save_model(str(folder / "model.txt"))
X[:5000].tofile(folder / "rows.bin")
print(json.dumps({"ready": True, "version": lightgbm.__version__}), flush=True)
for line in sys.stdin:
    asked = line.strip()
    rows = X[:500] if asked == "one by one" else X[:5000]
    start = time.process_time()
    if asked == "contributions":
        answer = model.predict(rows, pred_contrib=True, num_threads=1)
    elif asked == "one by one":
        answer = np.concatenate([model.predict(rows[i:i + 1], num_threads=1) for i in range(len(rows))])
    else:
        answer = model.predict(rows, num_threads=1)
    print(json.dumps({"seconds": (time.process_time() - start) / len(rows), "sum": float(answer.sum())}), flush=True)
