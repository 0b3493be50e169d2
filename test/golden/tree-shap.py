"""Writes tree-shap.json beside this file: reference values for src/models/trees/explain.ts.

Needs numpy, scikit-learn, lightgbm and shap (versions are recorded in the output). Tests read the JSON only.
The trees of each library are written in the format slipway-trees/1; then shap explains the library's own model, path-dependent.
shap answers LightGBM by LightGBM's own code, so one case is scikit-learn's, which shap's code computes itself. Both are double precision.
"""
import json
import pathlib

import lightgbm
import numpy as np
import shap
import sklearn
from sklearn.ensemble import GradientBoostingClassifier


def empty():
    return {name: [] for name in ("feature", "split", "missingLeft", "left", "right", "gain", "leaf", "rows")}


def from_lightgbm(root, categorical):
    """Inner nodes are numbered before their children; a leaf c is ~c."""
    tree = empty()

    def visit(node):
        if "split_index" not in node:
            tree["leaf"].append(node["leaf_value"])
            tree["rows"].append(int(node["leaf_count"]))
            return ~(len(tree["leaf"]) - 1)
        i = len(tree["feature"])
        feature = node["split_feature"]
        tree["feature"].append(feature)
        if node["decision_type"] == "==":
            # LightGBM sends missing and unseen categories right: the codes after the dictionary are never listed.
            tree["split"].append(sorted(int(c) for c in node["threshold"].split("||")))
            tree["missingLeft"].append(0)
        else:
            assert node["missing_type"] in ("NaN", "None"), node["missing_type"]
            # Without a missing value in training LightGBM takes one as 0.
            left = node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0
            tree["split"].append(node["threshold"])
            tree["missingLeft"].append(int(left))
        tree["gain"].append(max(0.0, node["split_gain"]))
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][i] = visit(node["left_child"])
        tree["right"][i] = visit(node["right_child"])
        return i

    visit(root)
    return tree


def from_sklearn(fitted, rate):
    t = fitted.tree_
    tree = empty()

    def visit(node):
        if t.children_left[node] < 0:
            tree["leaf"].append(float(t.value[node, 0, 0] * rate))
            tree["rows"].append(int(t.n_node_samples[node]))
            return ~(len(tree["leaf"]) - 1)
        i = len(tree["feature"])
        tree["feature"].append(int(t.feature[node]))
        tree["split"].append(float(t.threshold[node]))
        tree["missingLeft"].append(0)
        tree["gain"].append(1)
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][i] = visit(t.children_left[node])
        tree["right"][i] = visit(t.children_right[node])
        return i

    visit(0)
    return tree


def rows_of(X, dictionaries):
    def value(v, k):
        if np.isnan(v):
            return None
        return dictionaries[k][int(v)] if k in dictionaries else float(v)

    return [[value(v, k) for k, v in enumerate(row)] for row in X]


rng = np.random.default_rng(20260101)
N = 3000
CITIES = [f"city{i}" for i in range(9)]
X = rng.normal(size=(N, 7)).round(3)
X[:, 4] = rng.integers(0, 6, N)
X[:, 6] = rng.integers(0, len(CITIES), N)
X[rng.uniform(size=N) < 0.15, 1] = np.nan
X[rng.uniform(size=N) < 0.05, 6] = np.nan
city = np.nan_to_num(X[:, 6], nan=3.0)
odds = X[:, 0] - 0.7 * np.nan_to_num(X[:, 1], nan=1.5) * (X[:, 2] > 0.2) + 0.4 * (X[:, 4] > 3) + np.sin(city) - 0.5
y = (rng.uniform(size=N) < 1 / (1 + np.exp(-odds))).astype(int)
inputs = [{"name": f"x{i}", "type": "float64"} for i in range(6)] + [{"name": "city", "type": "category", "categories": CITIES}]

booster = lightgbm.train(
    {"objective": "binary", "num_leaves": 15, "learning_rate": 0.1, "min_data_in_leaf": 20, "seed": 1, "num_threads": 1, "deterministic": True,
     "verbose": -1, "max_cat_to_onehot": 1, "cat_smooth": 1.0, "min_data_per_group": 10, "boost_from_average": False},
    lightgbm.Dataset(X, y, categorical_feature=[6]), num_boost_round=12)
some = X[:40]
phi = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
values = np.asarray(phi.shap_values(some))
base = float(np.ravel(phi.expected_value)[-1])
cases = [{
    "name": "lightgbm, missing numbers and categories",
    "model": {"inputs": inputs, "base": 0.0, "trees": [from_lightgbm(t["tree_structure"], {6}) for t in booster.dump_model()["tree_info"]]},
    "base": base, "vectors": rows_of(some, {6: CITIES}), "raw": booster.predict(some, raw_score=True).tolist(), "contributions": values.tolist(),
}]

# scikit-learn's trees compare in single precision: half steps are exact in both.
Z = (rng.integers(-8, 9, size=(N, 8)) / 2).astype(float)
odds = Z[:, 0] - Z[:, 1] * (Z[:, 2] > 0) + 0.5 * (Z[:, 3] > 1) - 0.3 * Z[:, 4] * Z[:, 5]
y = (rng.uniform(size=N) < 1 / (1 + np.exp(-odds))).astype(int)
boosted = GradientBoostingClassifier(n_estimators=10, max_depth=5, learning_rate=0.2, random_state=3).fit(Z, y)
some = Z[:40]
phi = shap.TreeExplainer(boosted, feature_perturbation="tree_path_dependent")
prior = boosted.init_.class_prior_
cases.append({
    "name": "scikit-learn gradient boosting",
    "model": {"inputs": [{"name": f"z{i}", "type": "float64"} for i in range(8)], "base": float(np.log(prior[1] / prior[0])), "trees": [from_sklearn(e[0], 0.2) for e in boosted.estimators_]},
    "base": float(np.ravel(phi.expected_value)[0]), "vectors": rows_of(some, {}), "raw": boosted.decision_function(some).tolist(), "contributions": np.asarray(phi.shap_values(some)).tolist(),
})

golden = {"made": {"numpy": np.__version__, "sklearn": sklearn.__version__, "lightgbm": lightgbm.__version__, "shap": shap.__version__}, "cases": cases}
path = pathlib.Path(__file__).with_name("tree-shap.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
