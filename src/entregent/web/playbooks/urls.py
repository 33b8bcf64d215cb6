from django.urls import path

from entregent.web.playbooks import views

app_name = "playbooks"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("export/<str:form>/", views.export_work, name="export"),
    path("actions/<int:pk>/", views.action, name="action"),
    path("actions/<int:pk>/fait/", views.done, name="done"),
    path("actions/<int:pk>/pas-fait/", views.not_done, name="not_done"),
    path("actions/<int:pk>/reporter/", views.put_off, name="put_off"),
    path("actions/<int:pk>/confier/", views.hand_on, name="hand_on"),
    path("actions/<int:pk>/rouvrir/", views.take_back, name="take_back"),
    path("clients/<int:pk>/", views.panel, name="panel"),
    path("conduites/", views.playbooks, name="list"),
    path("conduites/nouvelle/", views.add, name="add"),
    path("conduites/fichier/", views.take_file, name="take_file"),
    path("conduites/fichier/conduites.yaml", views.give_file, name="give_file"),
    path("conduites/<slug:key>/", views.playbook, name="playbook"),
    path("conduites/<slug:key>/modifier/", views.edit, name="edit"),
    path("conduites/<slug:key>/simuler/", views.simulate, name="simulate"),
    path("conduites/<slug:key>/simulations/<int:pk>/", views.simulation, name="simulation"),
    path("conduites/<slug:key>/en-service/", views.switch_on, name="switch_on"),
    path("conduites/<slug:key>/arret/", views.switch_off, name="switch_off"),
    path("conduites/<slug:key>/resultats/", views.outcomes, name="outcomes"),
]
