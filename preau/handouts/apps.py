from django.apps import AppConfig


class HandoutsConfig(AppConfig):
    name = "preau.handouts"
    verbose_name = "Cartes"
