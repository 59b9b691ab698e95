"""Addresses of schools and their staff."""

from django.urls import path

from preau.establishments.views import joining, school, second_factor, team

app_name = "establishments"

urlpatterns = [
    path("", school.mine, name="mine"),
    path("invitation/<str:token>/", joining.accept, name="accept"),
    path("<str:uai>/equipe/", team.team, name="team"),
    path("<str:uai>/equipe/inviter/", team.invite_page, name="invite"),
    path("<str:uai>/equipe/invitation/<int:pk>/annuler/", team.withdraw_invitation, name="withdraw"),
    path("<str:uai>/equipe/<int:pk>/", team.colleague, name="colleague"),
    path("<str:uai>/equipe/<int:pk>/preuve/", second_factor.reset_second_factor, name="reset_second_factor"),
    path("<str:uai>/equipe/<int:pk>/retirer/", team.remove, name="remove"),
    path("<str:uai>/reglages/", school.settings, name="settings"),
    path("<str:uai>/journal/", school.journal_page, name="journal"),
    path("<str:uai>/journal.csv", school.journal_csv, name="journal_csv"),
]
