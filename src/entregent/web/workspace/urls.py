from django.urls import path

from entregent.web.workspace import views

app_name = "workspace"
urlpatterns = [path("", views.settings, name="settings")]
