"""Addresses to enter and to leave."""

from django.urls import path

from preau.accounts import views
from preau.accounts.providers import views as ent

app_name = "accounts"

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("moi/adresse/", views.add_email, name="add_email"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("personnel/", views.staff_sign_in, name="staff_sign_in"),
    path("personnel/mot-de-passe-oublie/", views.forgotten, name="forgotten"),
    path("personnel/mot-de-passe-oublie/envoye/", views.link_sent, name="link_sent"),
    path("personnel/mot-de-passe/<str:uid>/<str:token>/", views.reset, name="reset"),
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
