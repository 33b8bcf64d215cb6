from django.urls import path

from entregent.web.customers import views

app_name = "customers"
urlpatterns = [
    path("", views.customers, name="list"),
    path("trouves/", views.found, name="found"),
    path("export/<str:form>/", views.export_customers, name="export"),
    path("releve-partage/<str:token>/", views.shared_handover, name="shared"),
    path("<int:pk>/", views.file, name="file"),
    path("<int:pk>/histoire/", views.timeline, name="timeline"),
    path("<int:pk>/noter/", views.note, name="note"),
    path("<int:pk>/accords/<int:agreement>/tenue/", views.settle, name="settle"),
    path("<int:pk>/accords/<int:agreement>/retirer/", views.remove, name="remove"),
    path("<int:pk>/consentements/<int:consent>/", views.consent, name="consent"),
    path("<int:pk>/identite/", views.identity, name="identity"),
    path("<int:pk>/identite/ajouter/", views.add_address, name="add_address"),
    path("<int:pk>/identite/<int:identity>/retirer/", views.remove_address, name="remove_address"),
    path("<int:pk>/fusionner/", views.merge, name="merge"),
    path("<int:pk>/fusions/<int:merge>/separer/", views.part, name="part"),
    path("<int:pk>/effacer/", views.erase, name="erase"),
    path("<int:pk>/copie/", views.copy, name="copy"),
    path("<int:pk>/releve/", views.handover, name="handover"),
    path("<int:pk>/releve.pdf", views.handover_pdf, name="handover_pdf"),
    path("<int:pk>/releve/imprime/", views.printed, name="printed"),
    path("<int:pk>/releve/partager/", views.share, name="share"),
]
