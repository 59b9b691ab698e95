"""Addresses of the parcours."""

from django.urls import path

from preau.parcours.views import composing, player, preview, questions

app_name = "parcours"

urlpatterns = [
    path("mon-parcours/<int:pk>/", player.play, name="play"),
    path("mon-parcours/<int:pk>/reponse/", player.answer, name="answer"),
    path("mon-parcours/<int:pk>/suite/", player.go_on, name="go_on"),
    path("mon-parcours/<int:pk>/envoyer/", player.send, name="send"),
    path("mon-parcours/<int:pk>/reponses/", player.review, name="review"),
    path("mon-parcours/<int:pk>/fichiers/<str:item>/<str:name>", player.download, name="resource"),
    path("e/<str:uai>/parcours/", composing.composed, name="list"),
    path("e/<str:uai>/parcours/nouveau/", composing.new, name="new"),
    path("e/<str:uai>/parcours/<int:pk>/ranger/", composing.put_away, name="put_away"),
    path("e/<str:uai>/parcours/<slug:which>/questions/", preview.plan, name="preview"),
    path(
        "e/<str:uai>/parcours/<slug:which>/questions/<slug:item>/", preview.question, name="preview_question"
    ),
    path(
        "e/<str:uai>/parcours/<slug:which>/questions/<slug:item>/<int:draw>/<str:name>",
        preview.file,
        name="preview_file",
    ),
    path("e/<str:uai>/questions/", questions.questions, name="questions"),
    path("e/<str:uai>/questions/nouvelle/", questions.write, name="write_question"),
    path("e/<str:uai>/questions/importer/", questions.bring_in, name="import_questions"),
    path("e/<str:uai>/questions/exporter/<str:to>/", questions.take_out, name="export_questions"),
    path("e/<str:uai>/questions/depart/<str:to>/", questions.take_starter_bank, name="export_bank"),
    path("e/<str:uai>/questions/<int:pk>/", questions.change, name="change_question"),
    path("e/<str:uai>/questions/<int:pk>/ranger/", questions.put_away, name="put_question_away"),
]
