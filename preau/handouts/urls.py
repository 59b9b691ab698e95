"""The addresses of the Cartes page, under the school's."""

from django.urls import path, re_path

from preau.handouts import views

app_name = "handouts"
urlpatterns = [
    path("cartes/", views.batches, name="batches"),
    path("cartes/preparer/", views.prepare, name="prepare"),
    path("cartes/pdf/", views.pdf, name="pdf"),
    path("cartes/pointage/", views.check_sheet, name="check_sheet"),
    path("cartes/csv/", views.csv, name="csv"),
    re_path(r"^cartes/(?P<number>[0-9]{4}-[0-9]{3,7})/$", views.batch, name="batch"),
    re_path(r"^cartes/(?P<number>[0-9]{4}-[0-9]{3,7})/annuler/$", views.void, name="void"),
]
