"""Addresses of the results."""

from django.urls import path

from preau.results import views

app_name = "results"

urlpatterns = [
    path("mes-resultats/", views.mine, name="mine"),
    path("e/<str:uai>/campagnes/<int:pk>/resultats/", views.of_class, name="class"),
    path("e/<str:uai>/campagnes/<int:pk>/resultats/questions/", views.items, name="items"),
    path("e/<str:uai>/campagnes/<int:pk>/resultats/eleves/<int:learner>/", views.of_pupil, name="pupil"),
    path("e/<str:uai>/campagnes/<int:pk>/resultats/resultats.csv", views.export_csv, name="csv"),
    path("e/<str:uai>/campagnes/<int:pk>/resultats/xapi.json", views.export_xapi, name="xapi"),
]
