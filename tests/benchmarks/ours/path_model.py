"""The mobile-phone satisfaction model with its bootstrap: FILE SAMPLES."""

import csv
import json
import sys

import numpy as np

from entregent.engine.chain.bootstrap import bootstrap_chain
from entregent.engine.chain.models import ECSI

with open(sys.argv[1], newline="") as file:  # noqa: PTH123
    rows = list(csv.DictReader(file))
answers = {item: np.array([float(row[item]) for row in rows]) for item in ECSI.items}
found = bootstrap_chain(answers, ECSI, samples=int(sys.argv[2]))
print(
    json.dumps([[*arrow, path.value, path.standard_error] for arrow, path in found.paths.items()])
)
