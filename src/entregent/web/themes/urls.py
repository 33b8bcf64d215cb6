from django.urls import path

from entregent.web.themes import views

app_name = "themes"
urlpatterns = [
    path("", views.themes, name="list"),
    path("export/<str:form>/", views.export_themes, name="export"),
    path("causes/", views.causes, name="causes"),
    path("causes/export/<str:form>/", views.export_causes, name="export_causes"),
    path("proposer/", views.propose, name="propose"),
    path("<int:pk>/", views.theme, name="theme"),
    path("<int:pk>/export/<str:form>/", views.export_passages, name="export_passages"),
    path("<int:pk>/corriger/", views.edit, name="edit"),
    path("<int:pk>/fusionner/", views.merge, name="merge"),
    path("<int:pk>/diviser/", views.split, name="split"),
    path("<int:pk>/ecarter/", views.exclude, name="exclude"),
    path("<int:pk>/reprendre/", views.include, name="include"),
]
