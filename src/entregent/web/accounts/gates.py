"""The doors of views: a person without the power gets a clear refusal, and nothing happens."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power

P = ParamSpec("P")


class SignedInRequest(HttpRequest):
    """A request of somebody signed in, as every view behind the doors receives it."""

    user: User
    htmx: bool


View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def needs(power: Power) -> Callable[[View[P]], View[P]]:
    """Let only those who hold a power through."""

    def door(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(
            request: SignedInRequest, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not request.user.may(power):
                raise PermissionDenied(power)
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return door
