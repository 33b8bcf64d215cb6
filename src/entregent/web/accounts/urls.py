from django.urls import path

from entregent.web.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("nouveau/", views.add, name="add"),
    path("<int:pk>/", views.change, name="change"),
]
