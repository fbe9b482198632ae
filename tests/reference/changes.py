"""The energy statistic of the best split, by its definition on the whole matrix of distances.

Rerun: /tmp/reference/bin/python tests/reference/changes.py (see README.md); rewrites changes.json.
"""

import numpy as np

import recording

draws = np.random.default_rng(4)


def best_split(values, min_size):
    distances = np.abs(np.subtract.outer(values, values))
    n = len(values)
    best = (-np.inf, 0)
    for at in range(min_size, n - min_size + 1):
        k, l = at, n - at
        across = distances[:at, at:].sum() * 2 / (k * l)
        left = distances[:at, :at].sum() / (k * (k - 1))
        right = distances[at:, at:].sum() / (l * (l - 1))
        q = k * l / n * (across - left - right)
        if q > best[0]:
            best = (q, at)
    return best


changes = []
for n in (4, 10, 37, 200):
    for step in (0.0, 1.0, 10.0):
        values = draws.normal(100, 1, n)
        values[n // 3:] += step
        for min_size in (2, 5):
            if 2 * min_size <= n:
                q, index = best_split(values, min_size)
                changes.append({"values": values.tolist(), "min_size": min_size, "q": float(q), "index": index})

recording.write(__file__, {"changes": changes})
