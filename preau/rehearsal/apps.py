from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "preau.rehearsal"
    verbose_name = "École de répétition"
