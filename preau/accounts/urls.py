"""Addresses to enter and to leave."""

from django.urls import path

from preau.accounts import views

app_name = "accounts"

urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("moi/adresse/", views.add_email, name="add_email"),
    path("deconnexion/", views.sign_out, name="sign_out"),
    path("personnel/", views.staff_sign_in, name="staff_sign_in"),
    path("personnel/mot-de-passe-oublie/", views.forgotten, name="forgotten"),
    path("personnel/mot-de-passe-oublie/envoye/", views.link_sent, name="link_sent"),
    path("personnel/mot-de-passe/<str:uid>/<str:token>/", views.reset, name="reset"),
]
