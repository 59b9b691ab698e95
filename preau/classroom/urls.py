"""The addresses of lessons."""

from django.urls import path

from preau.classroom.views import board, deeds, lessons, paper, pupil, trial

app_name = "classroom"
urlpatterns = [
    path("seances/", lessons.sessions, name="sessions"),
    path("seances/ouvrir/", lessons.open_lesson, name="open"),
    path("seances/<int:pk>/", board.board, name="board"),
    path("seances/<int:pk>/projeter/", board.projector, name="projector"),
    path("seances/<int:pk>/fermer/", lessons.close_lesson, name="close"),
    path("seances/<int:pk>/prolonger/", lessons.prolong, name="prolong"),
    path("seances/<int:pk>/deconnecter/", lessons.sign_out_class, name="sign_out"),
    path("seances/<int:pk>/aide/", deeds.help_code, name="help"),
    path("seances/<int:pk>/aide/<int:asked>/", deeds.accept, name="accept"),
    path("seances/<int:pk>/numeros/", paper.numbers, name="numbers"),
    path("seances/<int:pk>/eleves/<int:learner>/", pupil.pupil, name="pupil"),
    path("seances/<int:pk>/eleves/<int:learner>/code/", deeds.new_code, name="new_code"),
    path("seances/<int:pk>/eleves/<int:learner>/debloquer/", deeds.unblock, name="unblock"),
    path("seances/<int:pk>/eleves/<int:learner>/mauvais-compte/", deeds.wrong_account, name="wrong_account"),
    path("seances/<int:pk>/eleves/<int:learner>/annuler/", deeds.undo, name="undo"),
    path("seances/papier/<int:division>/", paper.paper_list, name="paper"),
    path("essayer/", trial.try_out, name="trial"),
    path("essayer/ici/", trial.try_here, name="trial_here"),
]
