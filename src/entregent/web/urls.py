"""Every room's address."""

from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from entregent.web.shared import views

urlpatterns = [
    path("", views.home, name="home"),
    path("chercher/", views.find, name="find"),
    path("langue/", require_POST(set_language), name="set_language"),
    path("compte/", include("allauth.urls")),
    path("ecouter/codage/", include("entregent.web.coding.urls")),
    path("ecouter/verbatims/", include("entregent.web.verbatims.urls")),
    path("ecouter/themes/", include("entregent.web.themes.urls")),
    path("comprendre/clients/", include("entregent.web.customers.urls")),
    path("comprendre/relations/", include("entregent.web.relationships.urls")),
    path("decider/plans/", include("entregent.web.plans.urls")),
    path("decider/", include("entregent.web.decisions.urls")),
    path("agir/", include("entregent.web.playbooks.urls")),
    path("mesurer/", include("entregent.web.board.urls")),
    path("donnees/", include("entregent.web.sources.urls")),
    path("donnees/audit/", include("entregent.web.audit.urls")),
    path("donnees/reglages/", include("entregent.web.workspace.urls")),
    path("donnees/collegues/", include("entregent.web.accounts.urls")),
]
