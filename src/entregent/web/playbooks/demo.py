"""The fictional firm's people at work: three playbooks switched on, and a few of their actions worked."""

from datetime import timedelta

from django.utils import timezone

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.playbooks.actions import drawing, keeping, working
from entregent.web.playbooks.models import Action, Playbook

# Nobody is left alone with a broken promise; whether writing less helps is worth knowing.
HELD_OUT = {"broken_promise": 0, "promise_due": 0, "treated_too_close": 20}


def play_demo_playbooks() -> list[Playbook]:
    """Simulate and switch on, as a manager would; nothing where the firm has touched a playbook."""
    if Playbook.objects.exists():
        return []
    manager = next((user for user in User.objects.order_by("pk") if user.may(Power.DECIDE)), None)
    for key, percent in HELD_OUT.items():
        keeping.simulate(key=key, by=manager)
        keeping.switch_on(key=key, held_out_percent=percent, by=manager)
    drawing.draw_everybody()
    _work_a_little()
    return list(Playbook.objects.exclude(in_force=None))


def _work_a_little() -> None:
    """One action done, one not, one put off, of those that advisers have."""
    given = Action.objects.filter(state=Action.State.OPEN, owner__role="adviser")
    rows = list(given.select_related("owner").order_by("-pk")[:3])
    if len(rows) < 3:
        return
    done, not_done, later = rows
    working.mark_done(
        action=done, reply="welcomed", by=_owner(done),
        note="« Enfin quelqu’un qui se souvient de ce qui avait été dit. »",
    )  # fmt: skip
    working.mark_not_done(action=not_done, because="already", note="", by=_owner(not_done))
    until = timezone.localdate() + timedelta(days=4)
    working.put_off(action=later, until=until, by=_owner(later))


def _owner(action: Action) -> User:
    assert action.owner is not None
    return action.owner
