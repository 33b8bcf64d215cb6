"""WhatsApp chat exports."""

import pytest

from entregent.adapters.readers import Choices, open_reading

ANDROID = (
    "03/04/2026, 09:14 - Les messages sont chiffrés de bout en bout.\n"
    "03/04/2026, 09:14 - Zoé Roy: Bonjour\nj'ai une question: laquelle ?\n"
    "03/04/2026, 09:20 - Chauffage Morel: Dites-moi\n"
    "03/04/2026, 09:21 - Zoé Roy: <Médias omis>\n"
)
IPHONE = (
    "[9/22/26, 10:15:32\u202fAM] Zoé Roy: Hello\n"
    "\u200e[9/22/26, 1:05:00\u202fPM] Morel Heating: \u200eimage omitted\n"
)


def chat(tmp_path, text, name="chat.txt", **choices):
    path = tmp_path / "upload.bin"
    path.write_text(text)
    reading = open_reading(path, name=name, choices=Choices(**choices))
    return reading, next(iter(reading.batches()))


def test_a_message_goes_on_until_the_next_stamp(tmp_path):
    reading, batch = chat(tmp_path, ANDROID)

    assert reading.format == "whatsapp"
    assert batch.cells["text"][1] == "Bonjour\nj'ai une question: laquelle ?"
    assert batch.numbers == [1, 2, 4, 5]
    assert batch.cells["activity"] == ["system", "message", "message", "media"]


def test_an_iphone_export_has_seconds_and_half_days(tmp_path):
    reading, batch = chat(tmp_path, IPHONE)

    assert batch.cells["at"] == ["09/22/2026 10:15:32", "09/22/2026 13:05:00"]
    assert batch.cells["activity"] == ["message", "media"]
    assert reading.mapping.day_first is False


@pytest.mark.parametrize(
    "stamp", ["12/03/2026 à 09:14 - ", "12.03.26, 09:14 - ", "[12/03/2026 09:14:00] "]
)
def test_other_ways_of_writing_the_stamp(tmp_path, stamp):
    _, batch = chat(tmp_path, f"{stamp}Zoé: Bonjour\n{stamp}Max: Salut\n")

    assert batch.cells["at"][0] == "12/03/2026 09:14:00"
    assert batch.cells["author"] == ["Zoé", "Max"]


def test_an_ambiguous_order_of_day_and_month_is_asked(tmp_path):
    reading, _ = chat(tmp_path, ANDROID)

    assert reading.mapping.day_first is None
    assert "ambiguous_day_month" in {notice.code for notice in reading.notices}
    told, _ = chat(tmp_path, ANDROID, day_first=True)
    assert told.mapping.day_first is True


def test_the_name_of_the_file_tells_who_the_customer_is(tmp_path):
    _, batch = chat(tmp_path, ANDROID, name="Discussion WhatsApp avec Zoé Roy.txt")

    assert batch.cells["direction"] == ["internal", "in", "out", "in"]
    assert set(batch.cells["customer"]) == {"Zoé Roy"}


def test_without_a_telling_name_the_firm_is_asked_for(tmp_path):
    reading, batch = chat(tmp_path, ANDROID)

    asked = {notice.code: notice.facts for notice in reading.notices}
    assert asked["who_is_the_firm"] == {"authors": "Chauffage Morel, Zoé Roy"}
    assert batch.cells["direction"] == ["internal", "", "", ""]


def test_the_person_can_say_how_the_firm_signs(tmp_path):
    _, batch = chat(tmp_path, ANDROID, own_names=("Chauffage Morel",))

    assert batch.cells["direction"] == ["internal", "in", "out", "in"]
    assert batch.cells["customer"][2] == "Zoé Roy"


def test_a_customer_known_by_number_is_known_by_phone(tmp_path):
    text = ANDROID.replace("Zoé Roy", "+33 6 39 98 12 34")
    reading, _ = chat(tmp_path, text, name="Discussion WhatsApp avec +33 6 39 98 12 34.txt")

    assert reading.mapping.columns["customer"] == ["identity.phone"]
