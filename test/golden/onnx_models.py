"""Writes models/onnx/ beside this file: ONNX files of scikit-learn's models, rows, and what scikit-learn answers, for src/models/onnx.

Needs numpy, scikit-learn and skl2onnx (versions are recorded in the output). test/integration/onnx.ts reads the output only.
"""
import gzip
import json
import pathlib
import shutil

import numpy as np
import skl2onnx
import sklearn
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

folder = pathlib.Path(__file__).parent / "models" / "onnx"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
rng = np.random.default_rng(20260109)
X = rng.normal(size=(800, 4)).astype(np.float32)
score = X[:, 0] - X[:, 1] * (X[:, 2] > 0)
binary = (score > 0).astype(int)
three = np.digitize(score, [-0.7, 0.7])
some = X[:200]
cases = []


def write(name, model, kinds, rows, expected, task, **options):
    made = skl2onnx.convert_sklearn(model, initial_types=kinds, options={id(model): {"zipmap": False}} if options.get("plain", True) and task != "regression" else None, target_opset=17)
    with open(folder / f"{name}.onnx.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
        z.write(made.SerializeToString())
    cases.append({"name": name, "file": f"{name}.onnx.gz", "task": task, "tolerance": options.get("tolerance", 5e-7), "rows": rows, "expected": None if expected is None else np.asarray(expected, dtype=float).tolist()})


matrix = [("X", FloatTensorType([None, 4]))]
rows = some.astype(float).tolist()
logistic = LogisticRegression().fit(X, binary)
write("logistic", logistic, matrix, rows, logistic.predict_proba(some)[:, 1], "binary")
write("logistic-double", logistic, [("X", DoubleTensorType([None, 4]))], rows, logistic.predict_proba(some.astype(np.float64))[:, 1], "binary", tolerance=1e-6)
forest = RandomForestClassifier(20, max_depth=5, random_state=1).fit(X, three)
write("forest", forest, matrix, rows, forest.predict_proba(some).ravel(), "multiclass")
boosted = GradientBoostingRegressor(n_estimators=20, random_state=1).fit(X, score)
write("boosted", boosted, matrix, rows, boosted.predict(some), "regression", tolerance=1e-6)
write("zipmap", logistic, matrix, rows, None, "binary", plain=False)

import pandas as pd  # noqa: E402

shops = np.array(["north", "south", "östlich"])[rng.integers(0, 3, 800)]
table = pd.DataFrame({"size": X[:, 0], "count": rng.integers(0, 9, 800), "shop": shops})
columns = ColumnTransformer([("shop", OneHotEncoder(handle_unknown="ignore"), ["shop"])], remainder="passthrough")
pipeline = make_pipeline(columns, LogisticRegression()).fit(table, ((X[:, 0] > 0) ^ (shops == "south")).astype(int))
asked = table[:200]
write("columns", pipeline, [("size", FloatTensorType([None, 1])), ("count", FloatTensorType([None, 1])), ("shop", StringTensorType([None, 1]))], asked.astype({"size": float}).to_numpy().tolist(), pipeline.predict_proba(asked)[:, 1], "binary")
(folder / "cases.json").write_text(json.dumps({"sklearn": sklearn.__version__, "skl2onnx": skl2onnx.__version__, "cases": cases}) + "\n")
