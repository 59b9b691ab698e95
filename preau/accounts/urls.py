"""Addresses to enter and to leave."""

from django.urls import path

from preau.accounts import open_sessions, views
from preau.accounts.providers import views as ent
from preau.accounts.second_factor import views as proof

app_name = "accounts"

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("moi/adresse/", views.add_email, name="add_email"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("personnel/", views.staff_sign_in, name="staff_sign_in"),
    path("personnel/mot-de-passe-oublie/", views.forgotten, name="forgotten"),
    path("personnel/mot-de-passe-oublie/envoye/", views.link_sent, name="link_sent"),
    path("personnel/mot-de-passe/<str:uid>/<str:token>/", views.reset, name="reset"),
    path("moi/sessions/", open_sessions.sessions_page, name="sessions"),
    path("personnel/preuve/", proof.second_factor, name="second_factor"),
    path("personnel/encore-vous/", proof.again, name="again"),
    path("personnel/compte/preuves/", proof.factors_page, name="factors"),
    path("personnel/compte/preuves/application/", proof.add_app, name="add_app"),
    path("personnel/compte/preuves/cle/", proof.add_key, name="add_key"),
    path("personnel/compte/preuves/codes/", proof.new_codes, name="new_codes"),
    path("personnel/compte/preuves/<int:pk>/retirer/", proof.remove, name="remove_factor"),
    path("personnel/compte/", ent.mine, name="mine"),
    path("personnel/compte/relier/<slug:slug>/", ent.link, name="link"),
    path("personnel/compte/retirer/<int:pk>/", ent.unlink, name="unlink"),
    path("admin/mediacentre/", ent.ents, name="ents"),
    path("mediacentre/", ent.mediacentre, name="tile"),
    path("mediacentre/<slug:slug>/", ent.mediacentre, name="mediacentre"),
    path("mediacentre/<slug:slug>/metadonnees/", ent.saml_metadata, name="saml_metadata"),
    path("mediacentre/<slug:slug>/acs/", ent.saml_acs, name="saml_acs"),
    path("mediacentre/<slug:slug>/acs/suite/", ent.saml_finish, name="saml_finish"),
    path("mediacentre/<slug:slug>/retour/", ent.back, name="mediacentre_back"),
]
