from django.urls import path

from entregent.web.verbatims import views

app_name = "verbatims"
urlpatterns = [
    path("", views.explorer, name="explorer"),
    path("trouves/", views.found, name="found"),
    path("repartition/", views.spread, name="spread"),
    path("ressemblances/", views.resemblances, name="resemblances"),
    path("en-direct/", views.live, name="live"),
    path("en-direct/suite/", views.live_rows, name="live_rows"),
    path("export/<str:form>/", views.export_verbatims, name="export"),
    path("<str:kind>/<int:pk>/", views.verbatim, name="verbatim"),
    path("<str:kind>/<int:pk>/contexte/", views.surroundings, name="surroundings"),
]
