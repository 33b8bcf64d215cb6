from django.urls import path

from entregent.web.plans import views

app_name = "plans"
urlpatterns = [
    path("", views.plans, name="list"),
    path("nouveau/", views.new, name="new"),
    path("nouveau/export/<str:form>/", views.export_concerned, name="export_concerned"),
    path("<int:pk>/", views.plan, name="plan"),
    path("<int:pk>/feuille/", views.sheet, name="sheet"),
    path("<int:pk>/export/<str:form>/", views.export_planned, name="export_planned"),
    path("<int:pk>/revoir/", views.look, name="look"),
    path("<int:pk>/retirer/", views.withdraw, name="withdraw"),
    path("<int:pk>/conduite/", views.hand_on, name="hand_on"),
]
