"""The same with one statsmodels regression per subset of predictors: FILE."""

import json
import sys
import time
from itertools import combinations
from math import comb

import numpy as np
import statsmodels.api as sm

if __name__ == "__main__":
    columns = np.load(sys.argv[1])
    began = time.perf_counter()
    predictors, outcome = columns[:, :-1], columns[:, -1]
    p = predictors.shape[1]
    explained = {(): 0.0}
    for size in range(1, p + 1):
        for subset in combinations(range(p), size):
            design = sm.add_constant(predictors[:, subset])
            explained[subset] = sm.OLS(outcome, design).fit().rsquared
    parts = [0.0] * p
    for subset, without in explained.items():
        for entering in set(range(p)) - set(subset):
            gain = explained[tuple(sorted((*subset, entering)))] - without
            parts[entering] += gain / (p * comb(p - 1, len(subset)))
    print(json.dumps({"parts": parts, "seconds": time.perf_counter() - began}))
