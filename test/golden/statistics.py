"""Writes statistics.json beside this file: reference values for src/core/statistics.

Needs scipy, scikit-learn, statsmodels and numpy (versions are recorded in the output). Tests read the JSON only.
DeLong's variances are computed here from the definition of 1988, over all pairs, not by the fast algorithm under test.
"""
import json
import pathlib

import numpy as np
import scipy
import scipy.stats as st
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from statsmodels.stats.proportion import proportion_confint


def components(scores, labels):
    x, y = scores[labels == 1], scores[labels == 0]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


def delong(a, b, labels):
    auc_a, a10, a01 = components(a, labels)
    auc_b, b10, b01 = components(b, labels)
    cov = np.cov(a10, b10) / len(a10) + np.cov(a01, b01) / len(a01)
    var = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
    z = (auc_a - auc_b) / np.sqrt(var)
    return {
        "first": auc_a, "second": auc_b, "varianceFirst": cov[0, 0], "varianceSecond": cov[1, 1], "covariance": cov[0, 1],
        "difference": auc_a - auc_b, "standardError": float(np.sqrt(var)), "z": z, "pValue": 2 * st.norm.sf(abs(z)),
    }


def ece(p, y, bins=15):
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for k in range(bins):
        inside = (p > edges[k]) & (p <= edges[k + 1]) if k else (p >= 0) & (p <= edges[1])
        if inside.any():
            total += inside.mean() * abs(p[inside].mean() - y[inside].mean())
    return total


def case(name, n, seed, digits, shift):
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=n)
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-(latent - 1)))).astype(int)
    a = 1 / (1 + np.exp(-(latent * 0.9 - 0.8 + rng.normal(scale=0.5, size=n))))
    b = 1 / (1 + np.exp(-(latent * 0.7 - 0.6 + shift + rng.normal(scale=0.9, size=n))))
    a, b = np.round(a, digits), np.round(b, digits)
    eps = np.finfo(float).eps
    clipped = np.clip(a, eps, 1 - eps)
    logit = np.log(clipped / (1 - clipped))
    line = sm.GLM(y, sm.add_constant(logit), family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    low, high = proportion_confint(y.sum(), n, 0.05, "wilson")
    return {
        "name": name, "labels": y.tolist(), "first": a.tolist(), "second": b.tolist(),
        "auc": roc_auc_score(y, a), "delong": delong(a, b, y),
        "logLoss": log_loss(y, a), "brier": brier_score_loss(y, a), "ece": ece(a, y), "predicted": a.mean(), "observed": y.mean(),
        "intercept": line.params[0], "slope": line.params[1], "wilson": [low, high],
    }


zs = [-37.0, -20.0, -8.0, -5.0, -3.0, -1.959963984540054, -1.0, -0.6, -0.3, -1e-8, 0.0, 0.2, 0.66, 0.67, 1.0, 2.5, 5.6, 5.7, 8.0]
ps = [1e-300, 1e-20, 1e-10, 1e-4, 0.001, 0.025, 0.07, 0.0751, 0.2, 0.5, 0.6, 0.8, 0.92, 0.93, 0.975, 0.999, 1 - 1e-10]
golden = {
    "made": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__, "statsmodels": statsmodels.__version__},
    "normalCdf": [[z, st.norm.cdf(z)] for z in zs],
    "normalQuantile": [[p, st.norm.ppf(p)] for p in ps],
    "twoSidedP": [[z, 2 * st.norm.sf(abs(z))] for z in zs],
    "wilson": [[k, n, alpha, *proportion_confint(k, n, alpha, "wilson")] for k, n, alpha in [(0, 10, 0.05), (10, 10, 0.05), (3, 10, 0.05), (71, 400, 0.01), (1, 100000, 0.1)]],
    "cases": [case("continuous", 300, 1, 12, 0.0), case("many ties", 400, 2, 1, 0.3), case("rare positives with some ties", 250, 3, 2, -1.0)],
}
path = pathlib.Path(__file__).with_name("statistics.json")
path.write_text(json.dumps(golden, default=float, indent=None, separators=(",", ":")) + "\n")
