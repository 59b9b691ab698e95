from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "preau.rosters"
    verbose_name = "Base élèves"
