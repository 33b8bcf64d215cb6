"""The snapshot reads the store without harming what is written to it."""

import os
import subprocess
import sys

WRITE_AFTER_REFRESH = """
import sqlite3, subprocess, sys
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.conf import settings
from entregent.web.accounts.models import User
from entregent.web.evidence.snapshot import refresh_snapshot
from entregent.web.evidence.models import Customer
Customer.objects.create(name="Léa")
refresh_snapshot()
COUNT = "import sqlite3; print(sqlite3.connect(%r).execute('SELECT COUNT(*) FROM accounts_user').fetchone()[0])"
def others_see():
    said = subprocess.run([sys.executable, "-c", COUNT % str(settings.DATABASES["default"]["NAME"])], capture_output=True, text=True)
    return int(said.stdout)
others_see()
for number in range(3):
    User.objects.create(email=f"{number}@exemple.fr")
    refresh_snapshot()
    print(others_see())
"""


def test_what_is_written_after_a_refresh_is_seen_by_other_processes(tmp_path):
    environment = {
        **os.environ,
        "ENTREGENT_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "entregent.web.settings",
    }
    environment.pop("DATABASE_URL", None)
    said = subprocess.run(
        [sys.executable, "-c", WRITE_AFTER_REFRESH],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["1", "2", "3"]
