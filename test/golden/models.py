"""Writes models/ beside this file: model files of LightGBM and XGBoost, rows, and what the libraries answer, for src/models.

Needs numpy, pandas, lightgbm 4.7.0 and xgboost 3.2.0 (versions are recorded in the output):
    python -m venv venv && venv/bin/pip install numpy pandas lightgbm==4.7.0 xgboost==3.2.0
    venv/bin/python models.py
Tests read the output only. One folder a library: a gzipped file for each model, `cases.json`, and `numbers.bin.gz` with all numbers, little
endian: the rows that all models share (doubles), then per case the raw scores, the outputs and the contributions (float64 for LightGBM;
float32 for XGBoost, but its contributions are float64, from the definition over all subsets).
The rows have missing values, infinities (LightGBM), zeros of both signs, values about the zero of LightGBM, single precision's edges,
categories that training did not have, and values exactly on thresholds and beside them.
"""
import gzip
import io
import itertools
import json
import math
import pathlib
import shutil

import lightgbm as lgb
import numpy as np
import pandas as pd
import xgboost as xgb

ROWS = 5000
OUTPUTS = 1000
EXPLAINED = 100
BRUTE = 12
TRAIN = 3000
NAMES = ["x0", "x1", "zeros", "edges", "steps", "shop", "kind", "x7"]
SHOPS = [f"shop {i}" for i in range(40)]
KINDS = ["", "a", "ä", "z"]
ASCII_KINDS = ["", "a", "b b", "z"]  # XGBoost 3.2 writes broken dictionaries for letters beyond ASCII: offsets count characters
here = pathlib.Path(__file__).parent / "models"
rng = np.random.default_rng(20260107)


def draw(n):
    X = np.empty((n, 8))
    X[:, 0] = rng.normal(size=n)
    X[:, 1] = rng.normal(size=n).round(3)
    X[:, 2] = np.where(rng.uniform(size=n) < 0.5, 0.0, rng.normal(size=n).round(2))
    X[:, 3] = rng.normal(size=n).astype(np.float32)
    X[:, 4] = rng.integers(-3, 9, n)
    X[:, 5] = rng.integers(0, 40, n)
    X[:, 6] = rng.integers(0, 4, n)
    X[:, 7] = rng.uniform(size=n)
    X[rng.uniform(size=n) < 0.12, 1] = np.nan
    X[rng.uniform(size=n) < 0.08, 2] = np.nan
    X[rng.uniform(size=n) < 0.05, 5] = np.nan
    X[rng.uniform(size=n) < 0.05, 7] = np.nan
    return X


train = draw(TRAIN)
filled = np.nan_to_num(train, nan=0.7)
score = (filled[:, 0] - 0.6 * filled[:, 1] * (filled[:, 2] > 0.1) + 0.3 * (filled[:, 4] > 3) + np.sin(filled[:, 5] * 1.7)
         + 0.5 * (filled[:, 6] == 2) + filled[:, 3] * filled[:, 7] - 0.3 + 0.4 * rng.normal(size=TRAIN))
binary = (score > 0).astype(float)
three = np.digitize(score, [-0.7, 0.7]).astype(float)
positive = np.exp(0.4 * score) + 0.05
counts = rng.poisson(np.exp(0.3 * score)).astype(float)
share = 1 / (1 + np.exp(-score))
grades = np.digitize(score, [-1, 0, 1]).astype(float)
groups = np.full(TRAIN // 20, 20)


def rows_of(thresholds, infinite):
    """Row 0 … of the training distribution, then edges, then thresholds and their neighbours."""
    X = draw(ROWS)
    odd = rng.uniform(size=X.shape) < 0.06
    for c in range(8):
        X[odd[:, c], c] = np.nan
    at = np.arange(1500, 2300)
    big = [np.inf, -np.inf] if infinite else [3.4028234663852886e38, -3.4028234663852886e38]
    tiny = float(np.float32(1e-35))
    edges = big + [0.0, -0.0, 1e-36, -1e-36, tiny, -tiny, np.nextafter(tiny, 1), np.nextafter(-tiny, -1), 5e-324, 1.4e-45, -1.4e-45, 7e-46,
                   1e38, -1e38, 0.1, float(np.float32(0.1)), 16777216.0, 16777217.0, 1 + 2.0 ** -24, 1 + 3 * 2.0 ** -25, np.nan]
    for c in range(8):
        some = at[rng.uniform(size=at.size) < 0.3]
        X[some, c] = rng.choice(edges, some.size)
    some = np.arange(1000, 1500)
    X[some, 2] = rng.choice([tiny, -tiny, np.nextafter(tiny, 1), np.nextafter(-tiny, -1), 1e-36, -0.0], some.size)
    codes = [-1.0, -0.5, 0.5, 3.7, 39.0, 40.0, 41.0, 63.0, 64.0, 200.0, 4e9, -4e9, 2147483647.0, 2147483648.0, 16777215.0, 16777216.0, np.nan]
    some = np.arange(2300, 2700)
    X[some, 5] = rng.choice(codes, some.size)
    X[some, 6] = rng.choice(codes, some.size)
    for r in range(2700, ROWS):
        for c, values in thresholds.items():
            if rng.uniform() < 0.8:
                t = rng.choice(values)
                how = rng.integers(0, 7)
                near = [t, t, np.nextafter(t, np.inf), np.nextafter(t, -np.inf), float(np.nextafter(np.float32(t), np.float32(np.inf))),
                        float(np.nextafter(np.float32(t), np.float32(-np.inf))), (t + float(np.nextafter(np.float32(t), np.float32(-np.inf)))) / 2]
                X[r, c] = near[how]
    return X


def frame(X, kinds=KINDS):
    """Text categories for two columns; codes outside the dictionary are a category that training did not have."""
    def text(codes, names):
        known = [names[int(v)] if np.isfinite(v) and v >= 0 and v < len(names) and v == int(v) else None if np.isnan(v) else "never seen" for v in codes]
        return pd.Categorical(known, categories=[*names, "never seen"] if "never seen" in known else names)
    return pd.DataFrame({**{n: X[:, i] for i, n in enumerate(NAMES) if i not in (5, 6)}, "shop": text(X[:, 5], SHOPS), "kind": text(X[:, 6], kinds)})[NAMES]


class Output:
    def __init__(self, library, version, kinds):
        self.folder = here / library
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.numbers = io.BytesIO()
        self.cases = []
        self.head = {"library": library, "version": version, "numpy": np.__version__, "columns": NAMES, "shops": SHOPS, "kinds": kinds, "rows": ROWS}

    def put(self, array, dtype):
        at = self.numbers.tell()
        flat = np.ascontiguousarray(array, dtype=dtype)
        self.numbers.write(flat.tobytes())
        self.numbers.write(b"\0" * (-self.numbers.tell() % 8))
        return {"at": at, "length": int(flat.size), "type": np.dtype(dtype).name}

    def model(self, name, content):
        with open(self.folder / f"{name}.gz", "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0, filename="") as z:
            z.write(content)
        return f"{name}.gz"

    def close(self):
        self.model("numbers.bin", self.numbers.getvalue())
        (self.folder / "cases.json").write_text(json.dumps({**self.head, "cases": self.cases}, indent=1) + "\n")


def lightgbm_models():
    base = {"verbose": -1, "num_threads": 1, "deterministic": True, "seed": 7, "num_leaves": 15, "min_data_in_leaf": 10, "learning_rate": 0.1}
    cats = {"max_cat_to_onehot": 4, "cat_smooth": 1.0, "min_data_per_group": 5}
    plan = [
        ("binary", {"objective": "binary", "num_leaves": 31}, binary, 25, {}),
        ("binary-sigmoid", {"objective": "binary", "sigmoid": 1.7, "is_unbalance": True}, binary, 10, {}),
        ("multiclass", {"objective": "multiclass", "num_class": 3}, three, 8, {}),
        ("multiclassova", {"objective": "multiclassova", "num_class": 3, "sigmoid": 0.8}, three, 8, {}),
        ("regression", {"objective": "regression"}, score, 10, {}),
        ("regression-sqrt", {"objective": "regression", "reg_sqrt": True}, score, 10, {}),
        ("l1", {"objective": "regression_l1"}, score, 8, {}),
        ("huber", {"objective": "huber"}, score, 8, {}),
        ("fair", {"objective": "fair"}, score, 8, {}),
        ("mape", {"objective": "mape"}, positive, 8, {}),
        ("quantile", {"objective": "quantile", "alpha": 0.8}, score, 8, {}),
        ("poisson", {"objective": "poisson"}, counts, 10, {}),
        ("gamma", {"objective": "gamma"}, positive, 10, {}),
        ("tweedie", {"objective": "tweedie"}, counts, 10, {}),
        ("cross-entropy", {"objective": "cross_entropy"}, share, 10, {}),
        ("cross-entropy-lambda", {"objective": "cross_entropy_lambda"}, share, 10, {}),
        ("lambdarank", {"objective": "lambdarank"}, grades, 8, {"group": groups}),
        ("dart", {"objective": "binary", "boosting": "dart", "drop_rate": 0.3}, binary, 15, {}),
        ("rf", {"objective": "binary", "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}, binary, 10, {}),
        ("rf-multiclass", {"objective": "multiclass", "num_class": 3, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}, three, 5, {}),
        ("zero-as-missing", {"objective": "binary", "zero_as_missing": True}, binary, 12, {}),
        ("no-missing", {"objective": "binary", "use_missing": False}, binary, 10, {}),
        ("linear-tree", {"objective": "regression", "linear_tree": True}, score, 8, {}),
        ("categories", {"objective": "binary", "max_cat_to_onehot": 1, "cat_smooth": 1.0, "min_data_per_group": 5}, binary, 15, {"categorical_feature": [5, 6]}),
        ("categories-onehot", {"objective": "multiclass", "num_class": 3, "max_cat_to_onehot": 100}, three, 5, {"categorical_feature": [5, 6]}),
        ("pandas", {"objective": "binary", **cats}, binary, 12, {"pandas": True}),
        ("constant", {"objective": "binary", "min_data_in_leaf": 2000}, binary, 3, {}),
        ("custom", {"objective": lambda p, d: (p - d.get_label(), np.ones_like(p))}, score, 5, {}),
    ]
    out = Output("lightgbm", lgb.__version__, KINDS)
    fitted = []
    for name, params, y, rounds, extra in plan:
        extra = dict(extra)
        pandas = extra.pop("pandas", False)
        clean = np.where(np.isnan(train), 0.0, train) if name == "no-missing" else train
        data = lgb.Dataset(frame(clean) if pandas else clean, y, feature_name="auto" if pandas else NAMES, params={"verbose": -1}, **extra)
        fitted.append((name, lgb.train({**base, **params}, data, rounds), pandas))
    thresholds = {}
    for _, model, _ in fitted:
        for tree in model.dump_model()["tree_info"]:
            nodes = [tree["tree_structure"]]
            while nodes:
                node = nodes.pop()
                if "split_index" in node:
                    nodes += [node["left_child"], node["right_child"]]
                    if node["decision_type"] == "<=":
                        thresholds.setdefault(node["split_feature"], []).append(node["threshold"])
    X = rows_of(thresholds, True)
    out.head["shared"] = out.put(X, np.float64)
    for name, model, pandas in fitted:
        data = frame(X) if pandas else X
        case = {"name": name, "pandas": pandas, "files": [out.model(f"{name}.txt", model.model_to_string().encode())]}
        case["width"] = model.num_model_per_iteration()
        with np.errstate(over="ignore"):
            case["raw"] = out.put(model.predict(data, raw_score=True, num_threads=1), np.float64)
            case["output"] = out.put(model.predict(data, num_threads=1)[:OUTPUTS], np.float64)
        case["contributions"] = None
        if name != "linear-tree":
            case["contributions"] = out.put(model.predict(data[1400:1400 + EXPLAINED * 20:20], pred_contrib=True, num_threads=1), np.float64)
        out.cases.append(case)
    out.head["explained"] = {"from": 1400, "step": 20, "count": EXPLAINED}
    out.close()


def brute(tree, weight, row, known):
    """Expectation of a tree of XGBoost's JSON where only the inputs in `known` (bits) are."""
    cats = {n: set(tree["categories"][s:s + k]) for n, s, k in zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"])}

    def below(n):
        left, right = tree["left_children"][n], tree["right_children"][n]
        if left == -1:
            return float(np.float32(np.float32(tree["split_conditions"][n]) * np.float32(weight)))
        f = tree["split_indices"][n]
        if known >> f & 1:
            v = row[f]
            if np.isnan(v):
                go = bool(tree["default_left"][n])
            elif n in cats:
                go = v < 0 or v >= 16777216 or int(v) not in cats[n]
            else:
                go = v < np.float32(tree["split_conditions"][n])
            return below(left if go else right)
        h = [float(np.float32(tree["sum_hessian"][i])) for i in (n, left, right)]
        return h[1] / h[0] * below(left) + h[2] / h[0] * below(right)

    return below(0)


def brute_contributions(learner, X, width):
    booster = learner["gradient_booster"]
    weights = booster.get("weight_drop")
    model = booster["gbtree"]["model"] if "gbtree" in booster else booster["model"]
    phi = np.zeros((len(X), width, 9))
    for r, row in enumerate(X.astype(np.float32)):
        for i, tree in enumerate(model["trees"]):
            group = model["tree_info"][i]
            used = sorted({f for f, left in zip(tree["split_indices"], tree["left_children"]) if left != -1})
            value = {}
            for k in range(len(used) + 1):
                for s in itertools.combinations(used, k):
                    value[s] = brute(tree, 1.0 if weights is None else weights[i], row, sum(1 << f for f in s))
            n = len(used)
            for f in used:
                rest = [g for g in used if g != f]
                for k in range(n):
                    w = math.factorial(k) * math.factorial(n - 1 - k) / math.factorial(n)
                    for s in itertools.combinations(rest, k):
                        phi[r, group, f] += w * (value[tuple(sorted((*s, f)))] - value[s])
            phi[r, group, 8] += value[()]
    return phi


def xgboost_models():
    base = {"max_depth": 4, "eta": 0.3, "seed": 7, "nthread": 1, "tree_method": "hist"}
    plan = [
        ("binary", {"objective": "binary:logistic", "max_depth": 5}, binary, 25, {"ubj": True}),
        ("binary-base-score", {"objective": "binary:logistic", "base_score": 0.3}, binary, 5, {}),
        ("logitraw", {"objective": "binary:logitraw"}, binary, 5, {}),
        ("hinge", {"objective": "binary:hinge"}, binary, 5, {}),
        ("softprob", {"objective": "multi:softprob", "num_class": 3}, three, 6, {"ubj": True}),
        ("softmax", {"objective": "multi:softmax", "num_class": 3}, three, 4, {}),
        ("squarederror", {"objective": "reg:squarederror"}, score, 10, {}),
        ("reg-logistic", {"objective": "reg:logistic"}, share, 8, {}),
        ("gamma", {"objective": "reg:gamma"}, positive, 8, {}),
        ("tweedie", {"objective": "reg:tweedie"}, counts, 8, {}),
        ("poisson", {"objective": "count:poisson"}, counts, 8, {}),
        ("squaredlogerror", {"objective": "reg:squaredlogerror"}, positive, 5, {}),
        ("pseudohuber", {"objective": "reg:pseudohubererror"}, score, 5, {}),
        ("absoluteerror", {"objective": "reg:absoluteerror"}, score, 5, {}),
        ("quantile", {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, score, 5, {}),
        ("rank-ndcg", {"objective": "rank:ndcg"}, grades, 5, {"group": groups}),
        ("rank-pairwise", {"objective": "rank:pairwise"}, grades, 5, {"group": groups}),
        ("aft", {"objective": "survival:aft"}, positive, 5, {"bounds": True}),
        ("cox", {"objective": "survival:cox"}, positive, 5, {}),
        ("two-targets", {"objective": "reg:squarederror"}, np.column_stack([score, positive]), 5, {}),
        ("dart", {"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.4}, binary, 12, {"ubj": True}),
        ("dart-multiclass", {"objective": "multi:softprob", "num_class": 3, "booster": "dart", "rate_drop": 0.4}, three, 4, {}),
        ("forest", {"objective": "binary:logistic", "num_parallel_tree": 4, "subsample": 0.7, "colsample_bynode": 0.7}, binary, 3, {}),
        ("early", {"objective": "binary:logistic", "eta": 0.9}, binary, 20, {"early": True, "ubj": True}),
        ("gblinear", {"objective": "binary:logistic", "booster": "gblinear"}, binary, 8, {"ubj": True, "linear": True}),
        ("gblinear-multiclass", {"objective": "multi:softprob", "num_class": 3, "booster": "gblinear"}, three, 8, {"linear": True}),
        ("categories", {"objective": "binary:logistic", "max_cat_to_onehot": 1}, binary, 10, {"types": True, "ubj": True}),
        ("categories-onehot", {"objective": "multi:softprob", "num_class": 3, "max_cat_to_onehot": 100}, three, 4, {"types": True}),
        ("pandas", {"objective": "binary:logistic", "max_cat_to_onehot": 5}, binary, 10, {"pandas": True, "ubj": True}),
        ("pruned", {"objective": "reg:squarederror", "gamma": 4.0, "tree_method": "exact"}, score, 6, {}),
    ]
    types = ["float"] * 5 + ["c", "c", "float"]
    out = Output("xgboost", xgb.__version__, ASCII_KINDS)

    def matrix(X, extra, y=None):
        if extra.get("pandas"):
            known = frame(X, ASCII_KINDS)
            for c, names in (("shop", SHOPS), ("kind", ASCII_KINDS)):
                known[c] = known[c].cat.set_categories(names)  # XGBoost refuses a category that training did not have; missing is the nearest
            return xgb.DMatrix(known, y, enable_categorical=True)
        if extra.get("types"):
            return xgb.DMatrix(X, y, feature_names=NAMES, feature_types=types, enable_categorical=True)
        return xgb.DMatrix(X, y, feature_names=NAMES)

    fitted = []
    for name, params, y, rounds, extra in plan:
        data = matrix(train, extra, None if extra.get("bounds") else y)
        if extra.get("bounds"):
            data.set_float_info("label_lower_bound", y)
            data.set_float_info("label_upper_bound", y)
        if "group" in extra:
            data.set_group(extra["group"])
        settings = {k: v for k, v in {**base, **params}.items() if not extra.get("linear") or k not in ("max_depth", "tree_method")}
        more = {"evals": [(matrix(draw(500), extra, (draw(500)[:, 0] > 0).astype(float)), "v")], "early_stopping_rounds": 2, "verbose_eval": False} if extra.get("early") else {}
        fitted.append((name, xgb.train(settings, data, rounds, **more), extra))
    thresholds = {}
    for name, model, extra in fitted:
        if extra.get("linear"):
            continue
        learner = json.loads(model.save_raw("json"))["learner"]
        booster = learner["gradient_booster"]
        for tree in (booster["gbtree"]["model"] if "gbtree" in booster else booster["model"])["trees"]:
            for n, left in enumerate(tree["left_children"]):
                if left != -1 and tree["split_type"][n] == 0:
                    thresholds.setdefault(tree["split_indices"][n], []).append(float(np.float32(tree["split_conditions"][n])))
    X = rows_of(thresholds, False)
    for c in (5, 6):
        X[np.abs(X[:, c]) > 16777215, c] = 16777215.0  # XGBoost refuses larger codes
    out.head["shared"] = out.put(X, np.float64)
    valid = X.copy()
    for c in (5, 6):
        valid[valid[:, c] < 0, c] = 3.0  # nor does it take negative codes
    out.head["validCodes"] = out.put(valid[:, 5:7], np.float64)
    for name, model, extra in fitted:
        codes = bool(extra.get("types"))
        data = matrix(valid if codes else X, extra)
        limit = {"iteration_range": (0, model.best_iteration + 1)} if extra.get("early") else {}
        raw = model.predict(data, output_margin=True, **limit)
        case = {"name": name, "pandas": bool(extra.get("pandas")), "codes": codes, "files": [out.model(f"{name}.json", model.save_raw("json"))]}
        if extra.get("ubj"):
            case["files"].append(out.model(f"{name}.ubj", model.save_raw("ubj")))
        case["width"] = 1 if raw.ndim == 1 else raw.shape[1]
        case["raw"] = out.put(raw, np.float32)
        case["output"] = out.put(model.predict(data, **limit)[:OUTPUTS], np.float32)
        case["contributions"] = None
        if name not in ("early", "two-targets"):
            some = (valid if codes else X)[1400:1400 + BRUTE * 150:150].copy()
            if extra.get("pandas"):
                some[:, 5:7] = np.where((some[:, 5:7] == np.floor(some[:, 5:7])) & (some[:, 5:7] >= 0) & (some[:, 5:7] < [40, 4]), some[:, 5:7], np.nan)
            theirs = model.predict(matrix((valid if codes else X)[1400:1400 + BRUTE * 150:150], extra), pred_contribs=True).reshape(BRUTE, case["width"], 9)
            if extra.get("linear"):
                case["contributions"] = out.put(theirs, np.float64)
            else:
                ours = brute_contributions(json.loads(model.save_raw("json"))["learner"], some, case["width"])
                scale = np.abs(ours[..., :8]).max()
                assert np.abs(ours[..., :8] - theirs[..., :8]).max() < 2e-5 * max(scale, 1), (name, np.abs(ours[..., :8] - theirs[..., :8]).max())
                case["contributions"] = out.put(ours, np.float64)
        out.cases.append(case)
    out.head["explained"] = {"from": 1400, "step": 150, "count": BRUTE}
    out.close()


lightgbm_models()
xgboost_models()
