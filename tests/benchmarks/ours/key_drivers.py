"""Exact LMG parts from answers: FILE. Prints the parts and the seconds after imports."""

import json
import sys
import time

import numpy as np

from entregent.engine.surveys.drivers import lmg

columns = np.load(sys.argv[1])
began = time.perf_counter()
correlations = np.corrcoef(columns.T)
parts = lmg(correlations[:-1, :-1], correlations[:-1, -1])
print(json.dumps({"parts": parts.tolist(), "seconds": time.perf_counter() - began}))
