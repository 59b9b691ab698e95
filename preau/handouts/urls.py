"""The addresses of the Cartes page, under the school's."""

from django.urls import path, re_path

from preau.handouts.views import batches, errands

app_name = "handouts"
urlpatterns = [
    path("cartes/", batches.batches, name="batches"),
    path("cartes/preparer/", batches.prepare, name="prepare"),
    path("cartes/pdf/", batches.pdf, name="pdf"),
    path("cartes/pointage/", batches.check_sheet, name="check_sheet"),
    path("cartes/csv/", batches.csv, name="csv"),
    path("cartes/sans-usage/", batches.void_unneeded, name="void_unneeded"),
    path("cartes/travaux/<int:pk>/", errands.errand, name="errand"),
    re_path(r"^cartes/(?P<number>[0-9]{4}-[0-9]{3,7})/$", batches.batch, name="batch"),
    re_path(r"^cartes/(?P<number>[0-9]{4}-[0-9]{3,7})/annuler/$", batches.void, name="void"),
]
