from django.urls import path

from entregent.web.board import views

app_name = "board"
urlpatterns = [
    path("", views.board, name="board"),
    path("lignes/<slug:figure>/", views.rows, name="rows"),
]
