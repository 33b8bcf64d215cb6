"""The columnar snapshot says what the store says, whatever happened in between."""

import shutil

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.web.factories import agreed, allowed, answered, case, customer, days_ago, paid, said

from entregent.adapters.snapshot import Manifest, refreshing
from entregent.web.coding.models import Coding
from entregent.web.evidence.changes import DERIVED, TABLES, changing, removing
from entregent.web.evidence.models import Customer, Interaction, StaleRow
from entregent.web.evidence.snapshot import (
    evidence,
    rebuild_snapshot,
    refresh_snapshot,
    snapshot_version,
)

pytestmark = pytest.mark.django_db(transaction=True)


def read(table: str, *columns: str) -> list[tuple]:
    """Rows of a table as the snapshot has them."""
    with evidence() as tables:
        rows = tables[table].select(*columns).to_pyarrow().to_pylist()
    return sorted((tuple(row.values()) for row in rows), key=repr)


def everything() -> dict[str, list[dict]]:
    with evidence() as tables:
        return {
            name: sorted(table.to_pyarrow().to_pylist(), key=repr) for name, table in tables.items()
        }


def words() -> list[tuple[str]]:
    """What the store holds, as `read("interactions", "text")` should say."""
    return sorted(
        ((text,) for text in Interaction.objects.values_list("text", flat=True)), key=repr
    )


def change(row: Interaction, text: str) -> None:
    with changing("interactions", [row.pk]):
        Interaction.objects.filter(pk=row.pk).update(text=text)


def remove(row: Interaction) -> None:
    with removing("interactions", [row.pk]):
        Interaction.objects.filter(pk=row.pk).delete()


def test_a_full_build_holds_every_row_of_every_table():
    person = customer(email="lea@exemple.fr")
    at = days_ago(3).replace(microsecond=0)
    said(person, "Bonjour", at=at, wait_seconds=12)
    answered(person, 9)
    paid(person, "34.90", at=at)
    case(person)
    agreed(person, "promise", "Rappeler")
    allowed(person, "enquêtes", given_at=at)
    refresh_snapshot()
    with evidence() as tables:
        counted = {name: tables[name].count().to_pyarrow().as_py() for name in tables}
    models = TABLES | DERIVED | {"human_codings": Coding}
    assert counted == {name: model._default_manager.count() for name, model in models.items()}
    assert read("interactions", "customer_id", "at", "text", "wait_seconds") == [
        (person.pk, at, "Bonjour", 12)
    ]
    ((amount,),) = read("transactions", "amount")
    assert str(amount) in {"34.90", "34.9000"}


def test_new_changed_and_removed_rows_follow_at_the_next_refresh_and_marks_are_cleared():
    person = customer()
    first, second, third = (said(person, text) for text in ("un", "deux", "trois"))
    refresh_snapshot()
    change(first, "un, corrigé")
    remove(second)
    said(person, "quatre")
    assert StaleRow.objects.count() == 2
    assert read("interactions", "text") == [("deux",), ("trois",), ("un",)]
    refresh_snapshot()
    assert read("interactions", "text") == words() == [("quatre",), ("trois",), ("un, corrigé",)]
    assert not StaleRow.objects.exists()
    assert third.text == "trois"


def test_a_merged_customer_leaves_the_snapshot():
    kept, duplicate = customer("Léa"), customer("Lea")
    refresh_snapshot()
    with changing("customers", [duplicate.pk]):
        Customer.objects.filter(pk=duplicate.pk).update(merged_into=kept)
    refresh_snapshot()
    assert read("customers", "name") == [("Léa",)]


def test_a_refresh_without_news_writes_nothing():
    said(customer(), "Bonjour")
    before = refresh_snapshot()
    files = {one.name: one.stat().st_mtime_ns for one in settings.SNAPSHOT_FOLDER.iterdir()}
    assert refresh_snapshot() == before
    assert {one.name: one.stat().st_mtime_ns for one in settings.SNAPSHOT_FOLDER.iterdir()} == files


CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("change"), st.integers(0, 30)),
        st.tuples(st.just("remove"), st.integers(0, 30)),
        st.tuples(st.just("refresh"), st.just(0)),
    ),
    max_size=12,
)


@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES)
def test_any_course_of_changes_ends_as_a_rebuild_would(changes):
    person = customer()
    for number, (what, which) in enumerate(changes):
        rows = list(Interaction.objects.order_by("pk"))
        if what == "add":
            for n in range(which):
                said(person, f"{number}.{n}")
        elif what == "refresh":
            refresh_snapshot()
        elif rows and what == "change":
            change(rows[which % len(rows)], f"changé {number}")
        elif rows:
            remove(rows[which % len(rows)])
    refresh_snapshot()
    refreshed = everything()
    assert sorted({row["text"] for row in refreshed["interactions"]}) == sorted(
        {text for (text,) in words()}
    )
    rebuild_snapshot()
    assert everything() == refreshed


def test_many_small_refreshes_are_gathered_into_few_files():
    person = customer()
    for number in range(30):
        said(person, str(number))
        refresh_snapshot()
    parts = Manifest.of(settings.SNAPSHOT_FOLDER).tables["interactions"]
    assert len(parts) < 15
    assert read("interactions", "text") == words()


def test_a_crash_before_the_manifest_leaves_the_last_snapshot_as_it_was(monkeypatch):
    person = customer()
    row = said(person, "avant")
    refresh_snapshot()
    version = snapshot_version()
    change(row, "après")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(refreshing.Manifest, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            refresh_snapshot()
    assert (snapshot_version(), read("interactions", "text")) == (version, [("avant",)])
    assert StaleRow.objects.count() == 1
    refresh_snapshot()
    assert read("interactions", "text") == [("après",)]
    named = Manifest.of(settings.SNAPSHOT_FOLDER).files()
    assert {one.name for one in settings.SNAPSHOT_FOLDER.glob("*.parquet")} == named


def test_a_dropped_folder_is_written_anew():
    said(customer(), "Bonjour")
    refresh_snapshot()
    shutil.rmtree(settings.SNAPSHOT_FOLDER)
    assert read("interactions", "text") == []
    refresh_snapshot()
    assert read("interactions", "text") == [("Bonjour",)]


def test_a_lost_part_is_read_again_from_the_store():
    person = customer()
    for text in ("un", "deux", "trois"):
        said(person, text)
        refresh_snapshot()
    parts = Manifest.of(settings.SNAPSHOT_FOLDER).tables["interactions"]
    assert len(parts) == 3
    (settings.SNAPSHOT_FOLDER / parts[1].file).unlink()
    refresh_snapshot()
    assert read("interactions", "text") == words()


def test_a_manifest_that_cannot_be_read_is_no_manifest():
    said(customer(), "Bonjour")
    refresh_snapshot()
    (settings.SNAPSHOT_FOLDER / "manifest.json").write_text('{"version": 3, "tab')
    refresh_snapshot()
    assert read("interactions", "text") == [("Bonjour",)]


def test_a_version_never_comes_back_so_that_nothing_remembered_of_it_is_shown_again(monkeypatch):
    said(customer(), "Bonjour")
    seen = [refresh_snapshot().version, rebuild_snapshot().version]
    shutil.rmtree(settings.SNAPSHOT_FOLDER)
    later = refreshing.time.time() + 2
    monkeypatch.setattr(refreshing.time, "time", lambda: later)
    seen.append(refresh_snapshot().version)
    assert len(set(seen)) == 3
    assert seen == sorted(seen)
