"""A LightGBM model of 100 trees with 31 leaves over 15 features, and rows for it. Arguments: folder for model.txt, rows.json, model-settings.json."""

import json
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np

folder = Path(sys.argv[1])
random = np.random.default_rng(31)
x = random.normal(size=(20_000, 15))
y = (x[:, 0] + x[:, 1] * x[:, 2] + np.abs(x[:, 3]) + random.normal(size=len(x)) * 0.3 > 0.8).astype(int)
x[random.random(size=x.shape) < 0.02] = np.nan
data = lgb.Dataset(x, label=y, feature_name=[f"f{i}" for i in range(15)])
model = lgb.train({"objective": "binary", "num_leaves": 31, "verbose": -1, "seed": 31, "deterministic": True, "num_threads": 1}, data, 100)
model.save_model(folder / "model.txt")
rows = np.nan_to_num(x[:2_000])
(folder / "rows.json").write_text(json.dumps({"rows": rows.tolist(), "predictions": model.predict(rows, num_threads=1).tolist()}))
(folder / "model-settings.json").write_text(json.dumps({"name": "bench", "implementation": "mlserver_lightgbm.LightGBMModel", "parameters": {"uri": "./model.txt", "version": "1"}}))
