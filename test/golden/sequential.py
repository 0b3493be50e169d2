"""Writes sequential.json beside this file: always-valid intervals of GrowthBook's gbstats for src/core/statistics/confidence-sequence.ts.

    python3 -m venv /tmp/golden-sequential && /tmp/golden-sequential/bin/pip install gbstats==0.8.0
    /tmp/golden-sequential/bin/python test/golden/sequential.py

An environment of its own, because gbstats wants numpy 1. Its tests compare treatment − control, absolute; `mixture` is Johari's formula
in numpy, which at τ² = ρ² · n · se² must be the p-value of gbstats too (asserted here).
"""
import json
import pathlib
from importlib.metadata import version

import numpy as np
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest
from gbstats.models.statistics import SampleMeanStatistic


def sample(rng, n, mean):
    x = np.round(rng.gamma(2.0, mean / 2, size=n), 9)
    return SampleMeanStatistic(n=n, sum=float(x.sum()), sum_squares=float((x * x).sum())), {"n": n, "mean": x.mean(), "variance": x.var(ddof=1)}


def mixture(value, se, tau):
    v, t = se**2, tau**2
    return min(1.0, 1 / (np.sqrt(v / (v + t)) * np.exp(t * value**2 / (2 * v * (v + t)))))


def case(seed, n_control, n_treatment, mean, alpha, tuned_at):
    rng = np.random.default_rng(seed)
    control, first = sample(rng, n_control, 1.0)
    treatment, second = sample(rng, n_treatment, mean)
    test = SequentialTwoSidedTTest(control, treatment, SequentialConfig(difference_type="absolute", alpha=alpha, sequential_tuning_parameter=tuned_at))
    result = test.compute_result()
    se = float(np.sqrt(test.variance))
    tau = float(test.rho * se * np.sqrt(n_control + n_treatment))
    assert abs(mixture(result.expected, se, tau) - result.p_value) < 1e-9
    return {
        "control": first, "treatment": second, "alpha": alpha, "tunedAt": tuned_at, "rho": float(test.rho), "value": result.expected,
        "low": result.ci[0], "high": result.ci[1], "standardError": se, "tau": tau, "pValue": mixture(result.expected, se, tau), "gbstatsP": float(result.p_value),
    }


golden = {
    "made": {"gbstats": version("gbstats"), "numpy": np.__version__},
    "cases": [case(1, 300, 250, 1.05, 0.05, 5000), case(2, 4000, 4100, 1.06, 0.05, 5000), case(3, 90, 1000, 1.4, 0.01, 800), case(4, 20000, 500, 1.0, 0.1, 20000)],
}
pathlib.Path(__file__).with_name("sequential.json").write_text(json.dumps(golden, default=float, separators=(",", ":")) + "\n")
