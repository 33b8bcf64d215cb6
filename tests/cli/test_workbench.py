"""The shell keeps the workbench from an empty folder on."""

import os
import subprocess
import sys
from pathlib import Path

ENTREGENT = Path(sys.executable).with_name("entregent")
LETTERS = """numéro client;date;canal;message
L1;02/03/2026;courrier;Merci pour votre réponse rapide.
L2;15/03/2026;courrier;Toujours rien reçu.
L3;28/03/2026;courrier;Où en est mon dossier ?
L4;29/03/2026;courrier;Bonjour, je change d’adresse.
L5;;courrier;Sans date.
"""


def test_a_first_import_makes_the_database_and_a_second_changes_nothing(tmp_path):
    letters = tmp_path / "courriers.csv"
    letters.write_text(LETTERS, "utf-8")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ENTREGENT_")
    }
    environment |= {"ENTREGENT_HOME": str(tmp_path / "home"), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "entregent.web.settings"}  # fmt: skip

    def imported():
        command = [ENTREGENT, "import", letters, "--source", "Courriers"]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        return {
            name: int(said.stdout.split(name)[1].split()[0])
            for name in ("rows read", "created", "unchanged", "rejected")
        }

    assert imported() == {"rows read": 5, "created": 4, "unchanged": 0, "rejected": 1}
    assert imported() == {"rows read": 5, "created": 0, "unchanged": 4, "rejected": 1}
