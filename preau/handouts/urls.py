"""The addresses of the Cartes page, under the school's."""

from django.urls import path

from preau.handouts import views

app_name = "handouts"
urlpatterns = [
    path("cartes/", views.batches, name="batches"),
    path("cartes/preparer/", views.prepare, name="prepare"),
    path("cartes/pdf/", views.pdf, name="pdf"),
    path("cartes/pointage/", views.check_sheet, name="check_sheet"),
    path("cartes/csv/", views.csv, name="csv"),
    path("cartes/<str:number>/", views.batch, name="batch"),
    path("cartes/<str:number>/annuler/", views.void, name="void"),
]
