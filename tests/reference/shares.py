"""Wilson's interval, by statsmodels.

Rerun: /tmp/reference/bin/python tests/reference/shares.py (see README.md); rewrites shares.json.
"""

from statsmodels.stats.proportion import proportion_confint

import recording

shares = []
for n in (1, 10, 100, 12345):
    for hits in sorted({0, 1, n // 10, n // 2, n}):
        for confidence in (0.9, 0.95, 0.99):
            low, high = proportion_confint(hits, n, 1 - confidence, method="wilson")
            shares.append({"hits": hits, "n": n, "confidence": confidence, "low": float(low), "high": float(high)})

recording.write(__file__, {"shares": shares})
