"""A page reads one catalogue from its first line to its last."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from entregent.web.relationships.catalogue import holding_one


class OneCatalogue:
    """Looks up which catalogue is in force once a request, when it is first asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with holding_one():
            return self.get_response(request)
