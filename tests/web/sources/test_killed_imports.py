"""An import killed at any moment goes on without a loss or a double."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

RUN = """
import sys
import django; django.setup()
from entregent.web.evidence import indexes
from entregent.web.evidence.models import Import
from entregent.web.sources import actions
from datetime import timedelta
from entregent.web.sources import reading
actions.SILENCE = timedelta(seconds=0)
reading.LARGE = int(sys.argv[2])
indexes.MANY = 1_000
print("begun", flush=True)
print(actions.run_import(int(sys.argv[1]), batch_size=100).state, flush=True)
"""
MAKE = """
import sys
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.web.sources.reading import receive
print(receive(open(sys.argv[1], "rb").read()).pk)
"""
TELL = """
import json
import django; django.setup()
from entregent.web.evidence import indexes
from entregent.web.evidence.models import Customer, Identity, Import, Interaction
one = Import.objects.get()
print(json.dumps({
    "state": one.state, "read": one.rows_read, "created": one.created, "updated": one.updated,
    "unchanged": one.unchanged, "rejected": one.rejected, "ledger": one.rejected_rows.count(),
    "interactions": Interaction.objects.count(), "customers": Customer.objects.count(),
    "identities": Identity.objects.count(), "texts": len(set(Interaction.objects.values_list("text", flat=True))),
    "orphans": Interaction.objects.filter(customer=None).count(),
    "indexes": indexes.restore_indexes(),
}))
"""


def python(code, *args, home, **how):
    environment = {
        **os.environ,
        "ENTREGENT_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "entregent.web.settings",
    }
    environment.pop("DATABASE_URL", None)
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        **how,
    )


def told(code, *args, home):
    process = python(code, *args, home=home)
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    return out.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    path = tmp_path_factory.mktemp("messages") / "boite.csv"
    with path.open("w") as out:
        out.write("id,client,mail,tel,quand,mots,ville\n")
        for number in range(6_000):
            day = "hier" if number % 97 == 0 else f"2026-03-{1 + number % 28:02d}"
            out.write(
                f"m{number},c{number % 900},c{number % 900}@exemple.fr,,{day},mot {number},Lille\n"
            )
    return path


@pytest.mark.parametrize(("seed", "large"), [(1, 2**30), (2, 0)], ids=["read here", "read beside"])
def test_an_import_killed_at_random_moments_ends_as_one_left_alone(seed, large, messages, tmp_path):
    draw = random.Random(seed)
    pk = told(MAKE, messages, home=tmp_path)
    kills = 0
    for _ in range(25):
        process = python(RUN, pk, large, home=tmp_path)
        assert process.stdout.readline() == "begun\n"
        time.sleep(draw.uniform(0.05, 0.9))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        out = process.communicate()[0]
        if "done" in out:
            break
    else:
        # A busy machine may be killed each time before it gets far: the last run is left alone.
        assert told(RUN, pk, large, home=tmp_path) == "done"
    rejected = len([number for number in range(6_000) if number % 97 == 0])
    assert kills > 0
    assert json.loads(told(TELL, home=tmp_path)) == {
        "state": "done", "read": 6_000, "created": 6_000 - rejected, "updated": 0, "unchanged": 0,
        "rejected": rejected, "ledger": rejected, "interactions": 6_000 - rejected, "customers": 900,
        "identities": 1800, "texts": 6_000 - rejected, "orphans": 0,
        "indexes": 0,
    }  # fmt: skip
