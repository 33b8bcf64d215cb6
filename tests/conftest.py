"""Ground for every test: no network, a fresh home, jobs within the request."""

import os
import tempfile

os.environ.setdefault("ENTREGENT_HOME", tempfile.mkdtemp(prefix="entregent-tests-"))
os.environ.setdefault("ENTREGENT_WORKERS_NOW", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Playwright's own loop makes Django believe that every test is asynchronous.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
