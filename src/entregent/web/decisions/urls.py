from django.urls import path

from entregent.web.decisions import views

app_name = "decisions"
urlpatterns = [
    path("", views.changes, name="list"),
    path("declarer/", views.declare, name="declare"),
    path("<int:pk>/", views.balance, name="balance"),
    path("<int:pk>/feuille/", views.sheet, name="sheet"),
    path("<int:pk>/corriger/", views.correct, name="correct"),
    path("<int:pk>/mode/", views.mode, name="mode"),
    path("<int:pk>/retirer/", views.withdraw, name="withdraw"),
    path("<int:pk>/reprendre/", views.restore, name="restore"),
    path("<int:pk>/elements/", views.add, name="add"),
    path("<int:pk>/elements/<int:item>/retirer/", views.remove, name="remove"),
    path("<int:pk>/elements/<int:item>/remettre/", views.put_back, name="put_back"),
    path("<int:pk>/mots/", views.pick, name="pick"),
    path("<int:pk>/mots/<int:quote>/detacher/", views.detach, name="detach"),
    path("<int:pk>/proposes/<int:heard>/mettre/", views.take, name="take"),
    path("<int:pk>/proposes/<int:heard>/ecarter/", views.dismiss, name="dismiss"),
    path("<int:pk>/proposes/<int:heard>/reprendre/", views.take_back, name="take_back"),
    path("<int:pk>/cote-a-cote/", views.side_by_side, name="side_by_side"),
    path("<int:pk>/cote-a-cote/<str:form>/", views.export_groups, name="export_groups"),
    path("<int:pk>/peser/", views.weigh, name="weigh"),
    path("<int:pk>/decider/", views.decide, name="decide"),
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<int:decision>/revoir/", views.look, name="look"),
    path("decisions/<int:decision>/retirer/", views.withdraw_decided, name="withdraw_decision"),
    path("decisions/<int:decision>/reprendre/", views.restore_decided, name="restore_decision"),
    path("clients/<int:pk>/", views.panel, name="panel"),
    path("clients/<int:pk>/<int:change>/guide/", views.use, name="use"),
    path("clients/<int:pk>/guide/<int:used>/annuler/", views.unuse, name="unuse"),
]
