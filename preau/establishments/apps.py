from django.apps import AppConfig


class EstablishmentsConfig(AppConfig):
    name = "preau.establishments"
    verbose_name = "Établissements"
