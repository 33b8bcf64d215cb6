from django.urls import path

from entregent.web.relationships import views

app_name = "relationships"
urlpatterns = [
    path("ecarts/", views.gaps, name="gaps"),
    path("ecarts/export/<str:form>/", views.export_gaps, name="export_gaps"),
    path("carte/", views.relationship_map, name="map"),
    path("genres/", views.kinds, name="kinds"),
    path("genres/<slug:kind>/", views.kind, name="kind"),
    path("familles/<slug:family>/", views.family, name="family"),
    path("clients/<int:pk>/", views.panel, name="panel"),
    path("clients/<int:pk>/pourquoi/", views.why, name="why"),
    path("clients/<int:pk>/corriger/", views.overrule, name="overrule"),
    path("clients/<int:pk>/annuler/", views.undo, name="undo"),
]
