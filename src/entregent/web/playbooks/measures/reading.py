"""The facts and the ground of a draw, read from the store and the snapshot."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pyarrow as pa
from django.conf import settings

from entregent.adapters.catalogue.playbooks import PlaybookEntry
from entregent.engine.relationship.actions import Limits
from entregent.web.evidence.snapshot import evidence, snapshot_version
from entregent.web.playbooks.measures.drawing import Ground, fields_of, purposes_for
from entregent.web.playbooks.measures.facts import (
    facts_of_everybody,
    facts_of_one,
    profile_table,
    with_change_stages,
)
from entregent.web.playbooks.models import Playbook
from entregent.web.playbooks.queries import (
    PROFILE_COLUMNS,
    RECENT_DAYS,
    changes_asked,
    consents_of,
    contacts_since,
    episodes_of,
    open_contacts,
    profile_rows,
    quotes_on,
)
from entregent.web.relationships.measures.reading import end_of_day
from entregent.web.relationships.queries import latest_reckoning, rows_of
from entregent.web.workspace.models import this_workspace


def facts_now(
    entries: Sequence[PlaybookEntry], now: datetime, customer_id: int | None = None
) -> pa.Table | None:
    """What some playbooks ask of everybody, or of one customer; None while nothing is inferred."""
    reckoning = latest_reckoning()
    if reckoning is None:
        return None
    fields = fields_of(entries)
    profiles = profile_table(profile_rows(customer_id), PROFILE_COLUMNS)
    if customer_id is None:
        with evidence() as tables:
            snapshot = f"{settings.SNAPSHOT_FOLDER} {snapshot_version()}"
            facts = facts_of_everybody(
                profiles, tables, fields, at=reckoning.at, now=now, snapshot=snapshot
            )
    else:
        at = max(reckoning.at, end_of_day(now))
        facts = facts_of_one(profiles, rows_of(customer_id), at, now)
    changes = [(change, quotes_on(change.pk, customer_id)) for change in changes_asked(fields)]
    return with_change_stages(facts, changes, now)


def ground_for(
    entry: PlaybookEntry, playbook: Playbook | None, now: datetime, customer_id: int | None = None
) -> Ground:
    """What limits a draw of a playbook."""
    workspace = this_workspace()
    purposes = purposes_for(entry)
    since = now - timedelta(days=max(RECENT_DAYS, workspace.days_between_contacts))
    return Ground(
        purposes=purposes,
        consents=consents_of(purposes, customer_id) if purposes else [],
        contacts=contacts_since(since, customer_id) if purposes else [],
        episodes=episodes_of(playbook, customer_id),
        contacting=open_contacts(customer_id),
        limits=Limits(workspace.contacts_per_30_days, workspace.days_between_contacts),
        again_after=timedelta(days=workspace.days_between_same_action),
        now=now,
    )
