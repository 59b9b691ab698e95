from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "preau.results"
    verbose_name = "Résultats"
