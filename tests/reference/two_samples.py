"""Tests and estimates for two samples or for differences, by SciPy, statsmodels and enumeration.

Rerun: /tmp/reference/bin/python tests/reference/two_samples.py (see README.md); rewrites two_samples.json.
"""

import itertools
import math

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

import recording

draws = np.random.default_rng(2)


def enumerated(first, second):
    """Tails of U over all regroupings of the pooled values, ties and all."""
    pooled = np.concatenate([first, second])
    ranks = stats.rankdata(pooled)
    m = len(first)
    observed = ranks[:m].sum()
    sums = [sum(ranks[list(chosen)]) for chosen in itertools.combinations(range(len(pooled)), m)]
    upper = sum(s >= observed - 1e-9 for s in sums) / len(sums)
    lower = sum(s <= observed + 1e-9 for s in sums) / len(sums)
    return upper, min(1.0, 2 * min(upper, lower))


mann_whitney = []
for m, n in ((1, 1), (3, 3), (4, 7), (5, 5), (9, 6), (20, 30), (50, 50)):
    first, second = draws.normal(0.4, 1, m), draws.normal(0, 1, n)
    test = stats.mannwhitneyu(first, second, alternative="greater", method="exact")
    both = stats.mannwhitneyu(first, second, alternative="two-sided", method="exact")
    mann_whitney.append(["exact, no ties", first, second, test.statistic, test.pvalue, both.pvalue])
for m, n in ((4, 4), (5, 7), (6, 6), (8, 5)):
    first, second = draws.integers(0, 6, m) + 1.0, draws.integers(0, 6, n) + 0.0
    upper, both = enumerated(first, second)
    u = stats.mannwhitneyu(first, second).statistic
    mann_whitney.append(["enumerated, ties", first, second, u, upper, both])
for m, n in ((60, 80), (300, 120)):
    for digits in (1, 9):
        first = np.round(draws.normal(0.2, 1, m), digits)
        second = np.round(draws.normal(0, 1, n), digits)
        test = stats.mannwhitneyu(first, second, alternative="greater", method="asymptotic")
        both = stats.mannwhitneyu(first, second, alternative="two-sided", method="asymptotic")
        mann_whitney.append(["normal", first, second, test.statistic, test.pvalue, both.pvalue])

signed_rank = []
for n in (1, 3, 5, 10, 25, 50):
    d = draws.normal(0.3, 1, n)
    greater = stats.wilcoxon(d, alternative="greater", method="exact")
    both = stats.wilcoxon(d, alternative="two-sided", method="exact")
    signed_rank.append([d, greater.statistic, greater.pvalue, both.pvalue])
for n in (4, 8, 12):
    d = draws.integers(-4, 6, n) + 0.0
    moved = d[d != 0]
    ranks = stats.rankdata(np.abs(moved))
    observed = ranks[moved > 0].sum()
    sums = np.array([np.dot(signs, ranks) for signs in itertools.product((0, 1), repeat=len(moved))])
    upper, lower = np.mean(sums >= observed - 1e-9), np.mean(sums <= observed + 1e-9)
    signed_rank.append([d, observed, upper, min(1.0, 2 * min(upper, lower))])
for digits in (1, 9):
    d = np.round(draws.normal(0.1, 1, 260), digits)
    greater = stats.wilcoxon(d, alternative="greater", method="asymptotic", correction=True)
    both = stats.wilcoxon(d, alternative="two-sided", method="asymptotic", correction=True)
    signed_rank.append([d, greater.statistic, greater.pvalue, both.pvalue])

hodges_lehmann = []
for m, n in ((4, 4), (5, 5), (5, 8), (10, 10), (3, 20)):
    for confidence in (0.9, 0.95, 0.99):
        old, new = draws.lognormal(0, 0.2, m), draws.lognormal(0.5, 0.2, n)
        differences = np.sort(np.subtract.outer(np.log(new), np.log(old)).ravel())
        # The distribution of U by counting all regroupings of m + n different ranks.
        sums = [sum(c) - m * (m + 1) // 2 for c in itertools.combinations(range(1, m + n + 1), m)]
        counts = np.bincount(sums, minlength=m * n + 1)
        tails = np.cumsum(counts) / counts.sum()
        rank = int(np.sum(tails <= (1 - confidence) / 2 * (1 + 1e-12)))
        hodges_lehmann.append({
            "baseline": old.tolist(), "new": new.tolist(), "confidence": confidence,
            "point": float(np.exp(np.median(differences))),
            "low": float(np.exp(differences[rank - 1])) if rank else None,
            "high": float(np.exp(differences[-rank])) if rank else None,
            "coverage": float(1 - 2 * tails[rank - 1]) if rank else 1.0,
        })

student = []
for m, n in ((2, 2), (5, 5), (3, 8), (20, 30)):
    for shift in (0.0, 0.1, 3.0):
        old, new = draws.normal(0, 0.15, m), draws.normal(shift, 0.15, n)
        test = stats.ttest_ind(new, old)
        s2 = ((m - 1) * np.var(old, ddof=1) + (n - 1) * np.var(new, ddof=1)) / (m + n - 2)
        for prior_df, prior_sd, between_sd in ((4.0, 0.1, 0.0), (4.0, 0.1, 0.03), (10.0, 0.2, 0.1)):
            df = prior_df + m + n - 2
            sd2 = (prior_df * prior_sd**2 + (m + n - 2) * s2) / df
            error = math.sqrt(sd2 * (1 / m + 1 / n) + 2 * between_sd**2)
            t = (new.mean() - old.mean()) / error
            student.append({
                "baseline": old.tolist(), "new": new.tolist(),
                "prior_df": prior_df, "prior_sd": prior_sd, "between_sd": between_sd,
                "sd": math.sqrt(sd2), "t": float(t), "df": df,
                "p": float(2 * stats.t.sf(abs(t), df)),
                "plain_t": float(test.statistic), "plain_p": float(test.pvalue),
            })

adjusted = []
for m in (1, 2, 15, 60):
    p = np.round(draws.beta(0.5, 2, m), 3)
    adjusted.append({
        "p": p.tolist(),
        "holm": multipletests(p, method="holm")[1].tolist(),
        "benjamini_hochberg": multipletests(p, method="fdr_bh")[1].tolist(),
    })

out = {
    "mann_whitney": [
        {"how": how, "first": first.tolist(), "second": second.tolist(), "u": float(u),
         "p_greater": float(greater), "p_two_sided": float(both)}
        for how, first, second, u, greater, both in mann_whitney
    ],
    "signed_rank": [
        {"differences": d.tolist(), "w_plus": float(w), "p_greater": float(g), "p_two_sided": float(b)}
        for d, w, g, b in signed_rank
    ],
    "hodges_lehmann": hodges_lehmann,
    "student": student,
    "adjusted": adjusted,
}
recording.write(__file__, out)
