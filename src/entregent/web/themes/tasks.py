"""Proposing themes, outside of a request."""

from django.utils import timezone
from django_tasks import task

from entregent.web.themes import actions
from entregent.web.themes.models import Proposal


@task()
def propose(proposal_id: int) -> None:
    proposal = Proposal.objects.get(pk=proposal_id)
    try:
        actions.propose(proposal)
    except Exception:
        # The next one may be asked for; the list stands as it was.
        Proposal.objects.filter(pk=proposal_id, finished_at=None).update(
            finished_at=timezone.now(), refused="failed"
        )
        raise
