"""A LightGBM model, 1,000 rows for it, and its own answers: what both servers serve. Arguments: folder for model.txt, rows.json."""

import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

folder = Path(sys.argv[1])
random = np.random.default_rng(7)
x = random.normal(size=(4_000, 4))
y = (x[:, 0] + x[:, 1] * x[:, 2] + random.normal(size=4_000) * 0.3 > 0).astype(int)
x[random.random(size=x.shape) < 0.05] = np.nan
data = lgb.Dataset(x, label=y, feature_name=["a", "b", "c", "d"])
model = lgb.train({"objective": "binary", "num_leaves": 15, "verbose": -1, "seed": 7, "deterministic": True, "num_threads": 1}, data, 20)
model.save_model(folder / "model.txt")
rows = x[:1_000]
predictions = model.predict(rows, num_threads=1)
# JSON has no NaN: null.
(folder / "rows.json").write_text(json.dumps({"rows": [[None if np.isnan(v) else v for v in row] for row in rows.tolist()], "predictions": predictions.tolist()}))
(folder / "model-settings.json").write_text(json.dumps({"name": "wire", "implementation": "mlserver_lightgbm.LightGBMModel", "parameters": {"uri": "./model.txt", "version": "1"}}))
