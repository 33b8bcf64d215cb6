"""The same with plspm: FILE SAMPLES PROCESSES. Prints the paths and the seconds after imports."""

import json
import sys
import time

import pandas as pd
from plspm.config import Config, Structure
from plspm.mode import Mode
from plspm.plspm import Plspm
from plspm.scheme import Scheme

ARROWS = [
    ("Image", "Expectation"), ("Expectation", "Quality"), ("Expectation", "Value"),
    ("Quality", "Value"), ("Image", "Satisfaction"), ("Expectation", "Satisfaction"),
    ("Quality", "Satisfaction"), ("Value", "Satisfaction"), ("Satisfaction", "Complaints"),
    ("Image", "Loyalty"), ("Satisfaction", "Loyalty"), ("Complaints", "Loyalty"),
]  # fmt: skip
STEMS = {
    "Image": "IMAG", "Expectation": "CUEX", "Quality": "PERQ", "Value": "PERV",
    "Satisfaction": "CUSA", "Complaints": "CUSCO", "Loyalty": "CUSL",
}  # fmt: skip

if __name__ == "__main__":
    answers = pd.read_csv(sys.argv[1])
    structure = Structure()
    for source, target in ARROWS:
        structure.add_path([source], [target])
    config = Config(structure.path(), scaled=True)
    for name, stem in STEMS.items():
        config.add_lv_with_columns_named(name, Mode.A, answers, stem)
    began = time.perf_counter()
    model = Plspm(
        answers,
        config,
        Scheme.PATH,
        bootstrap=True,
        bootstrap_iterations=int(sys.argv[2]),
        processes=int(sys.argv[3]),
    )
    paths = model.bootstrap().paths()
    took = time.perf_counter() - began
    found = [
        [*arrow.split(" -> "), float(row["original"]), float(row["std.error"])]
        for arrow, row in paths.iterrows()
    ]
    print(json.dumps({"paths": found, "seconds": took}))
