"""Knees by kneed and the universal scalability law by SciPy's least squares.

Rerun: /tmp/reference/bin/python tests/reference/curves.py (see README.md); rewrites curves.json.
"""

import warnings

import numpy as np
from kneed import KneeLocator
from scipy.optimize import curve_fit

import recording

warnings.simplefilter("ignore")
draws = np.random.default_rng(5)

knees = []
x = np.arange(20.0)
for bend in ("concave", "convex"):
    for direction in ("increasing", "decreasing"):
        for sensitivity in (0.5, 1.0, 3.0):
            for noise in (0.0, 0.01, 0.05):
                y = 1 - np.exp(-x / draws.uniform(1, 6)) + draws.normal(0, 1, len(x)) * noise
                # kneed does not mirror an x of uneven steps; these are even.
                if bend == "convex":
                    y = -y
                if (bend, direction) in (("concave", "decreasing"), ("convex", "increasing")):
                    y = y[::-1]
                knee = KneeLocator(x, y, S=sensitivity, curve=bend, direction=direction).knee
                knees.append({
                    "x": x.tolist(), "y": y.tolist(), "bend": bend, "direction": direction,
                    "sensitivity": sensitivity, "knee": None if knee is None else float(knee),
                })


def law(n, lam, sigma, kappa):
    return lam * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))


fits = [{"loads": [1.0, 2, 4, 6, 8, 10], "throughputs": [1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557]}]
loads = np.array([1.0, 2, 5, 10, 20, 50, 100, 200])
for lam, sigma, kappa in ((1000, 0.02, 1e-4), (50, 0.3, 1e-3), (2e5, 0.001, 1e-5)):
    for noise in (0.0, 0.02):
        throughputs = law(loads, lam, sigma, kappa) * (1 + draws.normal(0, 1, len(loads)) * noise)
        fits.append({"loads": loads.tolist(), "throughputs": throughputs.tolist()})
for fit in fits:
    n, measured = np.array(fit["loads"]), np.array(fit["throughputs"])
    unit = measured.max()
    start = [measured[0] / unit, 0.05, 1e-3]
    found, _ = curve_fit(law, n, measured / unit, p0=start, xtol=1e-15, ftol=1e-15, gtol=1e-15, maxfev=100000)
    fit.update(lambda_=float(found[0] * unit), sigma=float(found[1]), kappa=float(found[2]))

out = {"knees": knees, "fits": fits}
recording.write(__file__, out)
