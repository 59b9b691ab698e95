"""Addresses of attachments."""

from django.urls import path

from preau.attachments.views import (
    accounts,
    arrive,
    card,
    cases,
    confirm,
    desk,
    find,
    former_schools,
    identity,
    password,
    staff,
    transfers,
    ways,
)

app_name = "attachments"

urlpatterns = [
    path("arrivee/", arrive.arrive, name="arrive"),
    path("arrivee/ent/", identity.identity, name="identity"),
    path("pas-moi/", arrive.not_me, name="not_me"),
    path("carte/", card.card, name="card"),
    path("premiere-fois/", find.find, name="find"),
    path("code-d-aide/", find.waiting, name="waiting"),
    path("perdu/", find.lost, name="lost"),
    path("perdu/code/", find.lost_help, name="lost_help"),
    path("c-est-moi/", confirm.confirm, name="confirm"),
    path("mot-de-passe/", confirm.choose_password, name="choose_password"),
    path("deja-un-compte/", confirm.already, name="already"),
    path("moi/mot-de-passe/", password.change, name="change_password"),
    path("moi/facons/", ways.ways, name="ways"),
    path("moi/facons/ajouter/", ways.add, name="way_add"),
    path("moi/facons/retirer/<str:way>/", ways.remove, name="way_remove"),
    path("e/<str:uai>/aides/", staff.help_requests, name="help_requests"),
    path("e/<str:uai>/aides/<int:pk>/", staff.help_decide, name="help_decide"),
    path("e/<str:uai>/aides/conflits/<int:pk>/", cases.conflict_seen, name="conflict_seen"),
    path("e/<str:uai>/doublons/", desk.show, name="desk"),
    path("e/<str:uai>/doublons/eleves/<int:learner>/", desk.decide, name="desk_decide"),
    path("e/<str:uai>/doublons/reunions/<int:pk>/", desk.answer, name="merge_answer"),
    path("e/<str:uai>/doublons/reunions/<int:pk>/annuler/", desk.undo, name="merge_undo"),
    path("e/<str:uai>/doublons/ecartes/<int:pk>/", desk.bring_back, name="desk_back"),
    path("e/<str:uai>/transferts/eleves/<int:learner>/", transfers.ask, name="transfer_ask"),
    path("e/<str:uai>/transferts/<int:pk>/retirer/", transfers.withdraw, name="transfer_withdraw"),
    path("e/<str:uai>/transferts/<int:pk>/", transfers.answer, name="transfer_answer"),
    path(
        "e/<str:uai>/transferts/eleves/<int:learner>/ancien/",
        former_schools.ask,
        name="former_school_ask",
    ),
    path(
        "e/<str:uai>/transferts/eleves/<int:learner>/premiere-fois/",
        former_schools.first_time,
        name="first_time",
    ),
    path(
        "e/<str:uai>/transferts/premiere-fois/<int:pk>/annuler/",
        former_schools.ask_again,
        name="first_time_undo",
    ),
    path("e/<str:uai>/eleves/<int:learner>/ent/", cases.identity_changes, name="identity_changes"),
    path("e/<str:uai>/aides/conflits/<int:pk>/ent/", cases.give_identities, name="give_identities"),
    path("e/<str:uai>/eleves/<int:learner>/ent/retirer/<int:pk>/", cases.take_identity, name="take_identity"),
    path("e/<str:uai>/eleves/<int:learner>/ent/<int:pk>/", cases.undo_identity, name="undo_identity"),
    path("e/<str:uai>/import/<int:pk>/comptes/", accounts.import_accounts, name="import_accounts"),
    path("e/<str:uai>/eleves/<int:learner>/compte-vu/", accounts.account_seen, name="account_seen"),
    path("e/<str:uai>/eleves/<int:learner>/detacher/", staff.detach, name="detach"),
    path("e/<str:uai>/eleves/<int:learner>/rattacher-de-nouveau/", staff.undo_detach, name="undo_detach"),
]
