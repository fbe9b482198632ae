"""Trends by pymannkendall and SciPy, and the effective sample size by NumPy's correlation.

Rerun: /tmp/reference/bin/python tests/reference/trends.py (see README.md); rewrites trends.json.
"""

import math

import numpy as np
import pymannkendall
from scipy import stats

import recording

draws = np.random.default_rng(3)


def autocorrelated(n, phi):
    noise = draws.normal(0, 1, n)
    series = [noise[0]]
    for value in noise[1:]:
        series.append(phi * series[-1] + value)
    return np.array(series)


series = []
for n in (5, 12, 20, 60, 200):
    for phi in (0.0, 0.5, 0.9):
        series.append(autocorrelated(n, phi) + 0.02 * np.arange(n))
    series.append(np.round(autocorrelated(n, 0.3)))
series.append(np.full(20, 3.0))

trends = []
for y in series:
    x = np.cumsum(draws.choice([0.5, 1.0, 2.0], len(y)))
    test = pymannkendall.original_test(y)
    rising = stats.norm.sf(test.z) if test.var_s > 0 else 1.0
    line = stats.theilslopes(y, x, 0.95)
    slopes = np.sort([(y[j] - y[i]) / (x[j] - x[i]) for j in range(len(y)) for i in range(j)])
    reach = stats.norm.ppf(0.975) * math.sqrt(test.var_s)
    rank = min(math.floor((len(slopes) - reach) / 2), (len(slopes) + 1) // 2)
    trends.append({
        "x": x.tolist(), "y": y.tolist(),
        "s": int(test.s), "variance": float(test.var_s), "z": float(test.z),
        "tau": float(test.Tau), "p_two_sided": float(test.p), "p_rising": float(rising),
        "slope": float(line.slope), "intercept": float(line.intercept),
        "low": float(slopes[rank - 1]) if rank >= 1 else None,
        "high": float(slopes[-rank]) if rank >= 1 else None,
        "scipy_low": float(line.low_slope), "scipy_high": float(line.high_slope),
    })

sizes = []
for n in (40, 300, 1500):
    for phi in (0.0, 0.5, 0.95):
        for p in (0.5, 0.9):
            y = autocorrelated(n, phi)
            indicator = (y <= np.quantile(y, p, method="inverted_cdf")).astype(float)
            centred = indicator - indicator.mean()
            covariance = np.correlate(centred, centred, "full")[n - 1:] / n
            covariance = np.append(covariance, [0.0, 0.0])
            time = -1.0
            for lag in range(0, n, 2):
                pair = (covariance[lag] + covariance[lag + 1]) / covariance[0]
                if pair <= 0:
                    break
                time += 2 * pair
            sizes.append({"y": y.tolist(), "p": p, "size": float(min(n, max(1.0, n / time))) if time > 0 else float(n)})

out = {"trends": trends, "effective_sample_sizes": sizes}
recording.write(__file__, out)
