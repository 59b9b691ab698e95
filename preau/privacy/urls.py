"""Addresses of personal data."""

from django.urls import path, re_path

from preau.privacy.views import person, school

app_name = "privacy"

urlpatterns = [
    path("moi/donnees/", person.own, name="own"),
    path("moi/donnees/fichier/", person.own_file, name="own_file"),
    path("e/<str:uai>/donnees-personnelles/", school.school_page, name="school"),
    re_path(
        r"^e/(?P<uai>[^/]+)/donnees-personnelles/(?P<kind>registre|analyse|notice)/$",
        school.paper,
        name="paper",
    ),
    path("e/<str:uai>/eleves/<int:learner>/donnees/", person.person, name="person"),
    path("e/<str:uai>/eleves/<int:learner>/effacer/", person.erase, name="erase"),
]
