from django.apps import AppConfig


class RehearsalConfig(AppConfig):
    name = "preau.rehearsal"
    verbose_name = "École de répétition"

    def ready(self) -> None:
        from preau.rehearsal import checks  # noqa: F401
