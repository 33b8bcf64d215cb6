from django.urls import path

from entregent.web.coding.views import agreement, coder, coding, file, language_model, queues

app_name = "coding"
urlpatterns = [
    path("", queues.queues, name="queues"),
    path("nouvelle/", queues.new, name="new"),
    path("<int:pk>/", queues.queue, name="queue"),
    path("<int:pk>/export/<str:form>/", queues.export_codings, name="export"),
    path("<int:pk>/interroger/", queues.ask_model, name="ask_model"),
    path("<int:pk>/sans-modele/", queues.open_without_model, name="without_model"),
    path("<int:pk>/clore/", queues.close, name="close"),
    path("<int:pk>/rouvrir/", queues.reopen, name="reopen"),
    path("<int:pk>/coder/", coding.code, name="code"),
    path("<int:pk>/repondre/", coding.answer, name="answer"),
    path("<int:pk>/accord/", agreement.agreement, name="agreement"),
    path("<int:pk>/desaccords/", agreement.differences, name="differences"),
    path("<int:pk>/desaccords/<int:words>/trancher/", agreement.settle, name="settle"),
    path("machine/", coder.card, name="card"),
    path("machine/revenir/", coder.go_back, name="go_back"),
    path("machine/apprentissages/", coder.trainings, name="trainings"),
    path("machine/apprentissages/<int:pk>/", coder.training, name="training"),
    path("machine/apprentissages/<int:pk>/accepter/", coder.accept, name="accept"),
    path("machine/apprentissages/<int:pk>/ecarter/", coder.refuse, name="refuse"),
    path("modele-de-langue/", language_model.settings, name="language_model"),
    path("modele-de-langue/essayer/", language_model.start, name="try"),
    path("modele-de-langue/essais/", language_model.progress, name="trials"),
    path("clients/<int:pk>/", file.panel, name="panel"),
    path("clients/<int:pk>/dire/", file.say, name="say"),
]
