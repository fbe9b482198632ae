"""Quantiles, their exact intervals, median and MAD, by SciPy.

Rerun: /tmp/reference/bin/python tests/reference/quantiles.py (see README.md); rewrites quantiles.json.
"""

import numpy as np
from scipy import stats

import recording

draws = np.random.default_rng(1)

samples = []
for n in (1, 2, 5, 19, 20, 59, 137, 400):
    values = draws.lognormal(0.0, 0.8, n)
    for p in (0.05, 0.5, 0.9, 0.95, 0.99):
        a, b = (n + 1) * p, (n + 1) * (1 - p)
        steps = stats.beta.cdf(np.arange(n + 1) / n, a, b)
        samples.append({
            "values": values.tolist(),
            "p": p,
            "nearest_rank": float(np.quantile(values, p, method="inverted_cdf")),
            "harrell_davis": float(np.dot(np.diff(steps), np.sort(values))),
            "median": float(np.median(values)),
            "mad": float(stats.median_abs_deviation(values)),
        })

intervals = []
for n in (1, 5, 20, 58, 59, 60, 100, 137, 298, 299, 400, 1000, 2995, 10000, 100000):
    for p in (0.5, 0.9, 0.95, 0.99, 0.999):
        for confidence in (0.9, 0.95, 0.99):
            cdf = stats.binom.cdf(np.arange(n + 1), n, p)
            sf = stats.binom.sf(np.arange(n + 1), n, p)
            tail = (1 - confidence) / 2 * (1 + 1e-12)  # a tail met exactly is met
            lower = int(np.sum(cdf <= tail))
            upper = int(np.argmax(sf <= tail)) + 1
            missed = (cdf[lower - 1] if lower > 0 else 0.0) + (sf[upper - 1] if upper <= n else 0.0)
            intervals.append({
                "n": n, "p": p, "confidence": confidence,
                "lower": lower if lower > 0 else None,
                "upper": upper if upper <= n else None,
                "coverage": float(1 - missed),
            })

bounds = []
for p in (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999):
    for confidence in (0.5, 0.9, 0.95, 0.99):
        n = 1
        while stats.binom.cdf(n - 1, n, p) < confidence:
            n += 1
        bounds.append({"p": p, "confidence": confidence, "n": n})

out = {"samples": samples, "intervals": intervals, "bounds": bounds}
recording.write(__file__, out)
