"""Fits of the models of buying: FILE MODEL TIMES. Prints parameters and the best seconds of a fit."""

import json
import sys
import time

import numpy as np

from entregent.engine.value.bg_nbd import fit_bg_nbd
from entregent.engine.value.gamma_gamma import fit_gamma_gamma
from entregent.engine.value.histories import purchase_histories
from entregent.engine.value.pareto_nbd import fit_pareto_nbd

FITS = {
    "bg-nbd": lambda of: fit_bg_nbd(purchase_histories(of["x"], of["t_x"], of["T"])),
    "pareto-nbd": lambda of: fit_pareto_nbd(purchase_histories(of["x"], of["t_x"], of["T"])),
    "gamma-gamma": lambda of: fit_gamma_gamma(of["x"], of["zbar"]),
}

of = dict(np.load(sys.argv[1]))
seconds = []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    fit = FITS[sys.argv[2]](of)
    seconds.append(time.perf_counter() - began)
print(json.dumps({"parameters": fit.parameters.tolist(), "seconds": min(seconds)}))
