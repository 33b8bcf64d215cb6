"""The same fits with lifetimes: FILE MODEL TIMES."""

import json
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")

from lifetimes import BetaGeoFitter, GammaGammaFitter, ParetoNBDFitter  # noqa: E402


def gamma_gamma(of):
    again = (of["x"] > 0) & (of["zbar"] > 0)
    return GammaGammaFitter().fit(of["x"][again], of["zbar"][again])


FITS = {
    "bg-nbd": (lambda of: BetaGeoFitter().fit(of["x"], of["t_x"], of["T"]), "r alpha a b"),
    "pareto-nbd": (
        lambda of: ParetoNBDFitter().fit(of["x"], of["t_x"], of["T"]),
        "r alpha s beta",
    ),
    "gamma-gamma": (gamma_gamma, "p q v"),
}

of = dict(np.load(sys.argv[1]))
fit, names = FITS[sys.argv[2]]
seconds = []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    found = fit(of)
    seconds.append(time.perf_counter() - began)
parameters = [float(found.params_[name]) for name in names.split()]
print(json.dumps({"parameters": parameters, "seconds": min(seconds)}))
