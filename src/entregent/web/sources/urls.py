from django.urls import path

from entregent.web.sources import views

app_name = "sources"
urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/<int:pk>/", views.one_import, name="import"),
    path("imports/<int:pk>/etat/", views.progress, name="progress"),
    path("imports/<int:pk>/lecture/", views.read_again, name="read_again"),
    path("imports/<int:pk>/reprendre/", views.resume, name="resume"),
    path("imports/<int:pk>/annuler/", views.undo, name="undo"),
    path("imports/<int:pk>/oublier/", views.forget, name="forget"),
    path("imports/<int:pk>/rejets/", views.rejected_file, name="rejected_file"),
    path("imports/<int:pk>/motifs/", views.rejected_reasons, name="rejected_reasons"),
    path("sources/", views.sources, name="sources"),
    path("sources/<int:pk>/", views.source, name="source"),
]
