"""Ground for every test: no network, a fresh home, jobs within the request."""

import os
import sys

from tools.compile_translations import compile_all

os.environ.setdefault("OMP_NUM_THREADS", "1")
# Spark starts Python of its own: the one that runs the tests, not the machine's.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
# Playwright's own loop makes Django believe that every test is asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure() -> None:
    # Django reads compiled catalogues; the repository keeps their sources.
    compile_all()


# Benchmarks are run by `make bench`, and their peers live in environments of their own.
collect_ignore = ["benchmarks"]
