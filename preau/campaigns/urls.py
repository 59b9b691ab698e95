"""Addresses of campaigns."""

from django.urls import path

from preau.campaigns.views import lists, pupil, staff

app_name = "campaigns"

urlpatterns = [
    path("", pupil.home, name="home"),
    path("moi/", pupil.mine, name="mine"),
    path("parcours/demonstration/", pupil.stand_in, name="stand_in"),
    path("code/<str:code>/", pupil.enter, name="enter"),
    path("parcours/<str:code>/", pupil.begin, name="begin"),
    path("parcours/<str:code>/termine/", pupil.done, name="done"),
    path("e/<str:uai>/campagnes/", staff.campaigns, name="list"),
    path("e/<str:uai>/campagnes/nouvelle/", staff.new, name="new"),
    path("e/<str:uai>/campagnes/<int:pk>/", staff.detail, name="detail"),
    path("e/<str:uai>/campagnes/<int:pk>/modifier/", staff.edit, name="edit"),
    path("e/<str:uai>/campagnes/<int:pk>/action/", staff.act, name="act"),
    path("e/<str:uai>/campagnes/<int:pk>/copier/", staff.copy, name="copy"),
    path("e/<str:uai>/campagnes/<int:pk>/relances/", lists.reminders, name="reminders"),
    path("e/<str:uai>/campagnes/<int:pk>/affiche.pdf", staff.poster, name="poster"),
    path("e/<str:uai>/campagnes/<int:pk>/eleves.csv", lists.export, name="export"),
]
