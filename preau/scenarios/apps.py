from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    name = "preau.scenarios"
    verbose_name = "Rentrée"
