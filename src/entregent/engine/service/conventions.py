"""How a service level counts the calls that were abandoned."""

from enum import StrEnum


class AbandonedCalls(StrEnum):
    """The four conventions in use; the same calls give four different service levels.

    MISSED: answered in time ÷ all calls. The strictest: every abandoned call was a failure.
    IGNORED: answered in time ÷ answered. Abandoned calls count nowhere.
    MET_WHEN_SHORT: (answered in time + abandoned in time) ÷ all calls. Who gave up within the
    target was not made to wait beyond it.
    LEFT_OUT_WHEN_SHORT: answered in time ÷ (all calls - abandoned in time). Who gave up within the
    target never gave the firm a chance.
    """

    MISSED = "missed"
    IGNORED = "ignored"
    MET_WHEN_SHORT = "met_when_short"
    LEFT_OUT_WHEN_SHORT = "left_out_when_short"

    def share(
        self, in_time: float, answered: float, abandoned: float, abandoned_in_time: float
    ) -> tuple[float, float]:
        """What counts as met, and out of what, in the unit the four counts are given in."""
        if self is AbandonedCalls.MISSED:
            return in_time, answered + abandoned
        if self is AbandonedCalls.IGNORED:
            return in_time, answered
        if self is AbandonedCalls.MET_WHEN_SHORT:
            return in_time + abandoned_in_time, answered + abandoned
        return in_time, answered + abandoned - abandoned_in_time
