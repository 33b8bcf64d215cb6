from django.urls import path

from entregent.web.relationships import catalogue_views, views

app_name = "relationships"
urlpatterns = [
    path("ecarts/", views.gaps, name="gaps"),
    path("ecarts/export/<str:form>/", views.export_gaps, name="export_gaps"),
    path("carte/", views.relationship_map, name="map"),
    path("genres/", views.kinds, name="kinds"),
    path("genres/<slug:kind>/", views.kind, name="kind"),
    path("genres/<slug:kind>/modifier/", catalogue_views.edit, name="edit_kind"),
    path("genres/<slug:kind>/allumer/", catalogue_views.switch, name="switch_kind"),
    path("genres/catalogue/ajouter/", catalogue_views.add, name="add_kind"),
    path("genres/catalogue/versions/", catalogue_views.versions, name="versions"),
    path("genres/catalogue/versions/<int:number>/", catalogue_views.version, name="version"),
    path(
        "genres/catalogue/versions/<int:number>/revenir/",
        catalogue_views.take_again,
        name="return_to",
    ),
    path("genres/catalogue/fichier/", catalogue_views.take_file, name="take_file"),
    path("genres/catalogue/relations.yaml", catalogue_views.give_file, name="give_file"),
    path("familles/<slug:family>/", views.family, name="family"),
    path("clients/<int:pk>/", views.panel, name="panel"),
    path("clients/<int:pk>/pourquoi/", views.why, name="why"),
    path("clients/<int:pk>/corriger/", views.overrule, name="overrule"),
    path("clients/<int:pk>/annuler/", views.undo, name="undo"),
]
