"""Writes statistics.json beside this file: reference values for src/core/statistics.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
    /tmp/golden/bin/python test/golden/statistics.py

The versions are recorded in the output too. Tests read the JSON only.
DeLong's variances are computed here from the definition of 1988, over all pairs, not by the fast algorithm under test.
"""
import json
import pathlib

import numpy as np
import scipy
import scipy.special as sp
import scipy.stats as st
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from statsmodels.stats.multitest import multipletests
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


def logit_line(name, n, seed, intercept, slope):
    """Cox's recalibration line by maximum likelihood of statsmodels' Logit (Newton), for probabilities that need it."""
    rng = np.random.default_rng(seed)
    p = np.round(1 / (1 + np.exp(-rng.normal(-1, 1.2, size=n))), 9)
    x = np.log(p / (1 - p))
    y = (rng.uniform(size=n) < 1 / (1 + np.exp(-(intercept + slope * x)))).astype(int)
    fit = sm.Logit(y, sm.add_constant(x)).fit(disp=0, tol=1e-14, maxiter=200, method="newton")
    return {"name": name, "probabilities": p.tolist(), "labels": y.tolist(), "intercept": fit.params[0], "slope": fit.params[1], "brier": np.mean((p - y) ** 2), "ece": ece(p, y)}


def distance_case(name, a, b):
    """Two samples of numbers: scipy's KS statistic, the limit law at the effective size, and Wasserstein's distance, plain and weighted."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    wa, wb = np.arange(1, len(a) + 1) % 5 + 0.5, np.arange(1, len(b) + 1) % 3 + 0.25
    statistic = st.ks_2samp(a, b, method="asymp").statistic
    effective = len(a) * len(b) / (len(a) + len(b))
    return {
        "name": name, "first": a.tolist(), "second": b.tolist(), "ks": statistic, "ksP": st.kstwobign.sf(np.sqrt(effective) * statistic),
        "wasserstein": st.wasserstein_distance(a, b), "firstWeights": wa.tolist(), "secondWeights": wb.tolist(),
        "weighted": st.wasserstein_distance(a, b, wa, wb),
    }


def psi(reference, counts, floor=1e-4):
    """By definition, shares floored on both sides."""
    p, q = np.maximum(floor, np.asarray(reference) / np.sum(reference)), np.maximum(floor, np.asarray(counts) / np.sum(counts))
    return float(np.sum((q - p) * np.log(q / p)))


def counts_case(name, a, b):
    """Two rows of counts without a pooled cell: every expected count is at least 5 (or the cell is empty in both)."""
    table = np.array([a, b])
    table = table[:, table.sum(axis=0) > 0]
    g = st.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    pearson = st.chi2_contingency(table, correction=False)
    assert g.expected_freq.min() >= 5
    return {
        "name": name, "first": a, "second": b, "psi": psi(a, b), "js": jensenshannon(np.array(a) / sum(a), np.array(b) / sum(b), base=2),
        "g": [g.statistic, g.dof, g.pvalue], "pearson": [pearson.statistic, pearson.dof, pearson.pvalue],
    }


def pooled_case(a, b, fewest=5):
    """Cells that expect too little are pooled to one here by hand, then tested by scipy."""
    table = np.array([a, b], dtype=float)
    expected = st.contingency.expected_freq(table)
    rare = expected.min(axis=0) < fewest
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    g = st.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert rare.sum() > 2 and g.expected_freq.min() >= fewest
    return {"first": a, "second": b, "g": [g.statistic, g.dof, g.pvalue], "psi": psi(a, b), "js": jensenshannon(np.array(a) / sum(a), np.array(b) / sum(b), base=2)}


def shares_case(counts, shares):
    test = st.chisquare(counts, np.sum(counts) * np.array(shares) / np.sum(shares))
    return {"counts": counts, "shares": shares, "statistic": test.statistic, "pValue": test.pvalue}


rng = np.random.default_rng(7)
zipf = 1 / np.arange(1, 41)
zipf /= zipf.sum()
many_p = np.concatenate([rng.uniform(size=24), rng.uniform(size=5) * 1e-3, [1e-300, 0.0, 1.0]])
distances = [
    distance_case("normal, shifted", rng.normal(size=200), rng.normal(0.3, 1.2, size=70)),
    distance_case("ties on both sides", rng.poisson(3, size=150), rng.poisson(4, size=90)),
    distance_case("one value against many", [2.0] * 12, rng.normal(size=40)),
    distance_case("far apart", rng.normal(size=60), rng.normal(9, 1, size=50)),
    distance_case("heavy tails", rng.standard_cauchy(size=120), rng.standard_cauchy(size=110)),
]
counts = [
    counts_case("two categories", [40, 60], [35, 25]),
    counts_case("alike", [100, 200, 300], [50, 100, 150]),
    counts_case("a category that is empty in both", [30, 0, 70, 44], [31, 0, 40, 90]),
    counts_case("many", rng.multinomial(9000, np.full(30, 1 / 30)).tolist(), rng.multinomial(700, np.full(30, 1 / 30)).tolist()),
    counts_case("drifted far", [900, 90, 10], [90, 400, 510]),
]
chi_square = [[x, df, st.chi2.sf(x, df)] for df in [1, 2, 3, 7, 20, 99, 1000, 50000] for x in [1e-8, 0.3 * df, 0.95 * df, df, df + 3.1, 1.02 * df, 1.2 * df + 5, 2 * df + 60] if st.chi2.sf(x, df) > 1e-290]
gamma = [[a, x, sp.gammaincc(a, x)] for a in [0.1, 0.5, 2.5, 9.9, 10.0, 30.0, 300.0] for x in [1e-6, 0.4, a, a + 0.99, a + 1.01, 3 * a + 4]]

zs = [-37.0, -20.0, -8.0, -5.0, -3.0, -1.959963984540054, -1.0, -0.6, -0.3, -1e-8, 0.0, 0.2, 0.66, 0.67, 1.0, 2.5, 5.6, 5.7, 8.0]
ps = [1e-300, 1e-20, 1e-10, 1e-4, 0.001, 0.025, 0.07, 0.0751, 0.2, 0.5, 0.6, 0.8, 0.92, 0.93, 0.975, 0.999, 1 - 1e-10]
golden = {
    "made": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__, "statsmodels": statsmodels.__version__},
    "normalCdf": [[z, st.norm.cdf(z)] for z in zs],
    "normalQuantile": [[p, st.norm.ppf(p)] for p in ps],
    "twoSidedP": [[z, 2 * st.norm.sf(abs(z))] for z in zs],
    "wilson": [[k, n, alpha, *proportion_confint(k, n, alpha, "wilson")] for k, n, alpha in [(0, 10, 0.05), (10, 10, 0.05), (3, 10, 0.05), (71, 400, 0.01), (1, 100000, 0.1)]],
    "lines": [logit_line("too bold", 400, 11, -0.2, 0.6), logit_line("too timid", 300, 12, 0.4, 1.5)],
    "logGamma": [[x, sp.gammaln(x)] for x in [1e-5, 0.3, 0.5, 1.5, 3.0, 7.25, 40.0, 1234.5, 1e6]],
    "gammaTail": gamma, "chiSquare": chi_square, "kolmogorov": [[x, sp.kolmogorov(x)] for x in [0.0, 0.1, 0.3, 0.6, 0.9, 1.179, 1.181, 1.36, 2.0, 4.0, 12.0]],
    "distances": distances, "counts": counts,
    "pooled": [pooled_case(rng.multinomial(2000, zipf).tolist(), rng.multinomial(250, zipf).tolist()), pooled_case(rng.multinomial(300, zipf).tolist(), rng.multinomial(900, zipf[::-1]).tolist())],
    "shares": [shares_case([520, 480], [0.5, 0.5]), shares_case([900, 60, 40], [0.9, 0.05, 0.05]), shares_case([7000, 3300], [2, 1])],
    "falseDiscovery": [{"p": p.tolist(), "q": multipletests(p, method="fdr_bh")[1].tolist()} for p in [many_p, np.array([0.04]), np.array([0.01, 0.01, 0.02, 0.5])]],
    "cases": [case("continuous", 300, 1, 12, 0.0), case("many ties", 400, 2, 1, 0.3), case("rare positives with some ties", 250, 3, 2, -1.0)],
}
path = pathlib.Path(__file__).with_name("statistics.json")
path.write_text(json.dumps(golden, default=float, indent=None, separators=(",", ":")) + "\n")
