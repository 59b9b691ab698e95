from django.apps import AppConfig


class HandoutsConfig(AppConfig):
    name = "preau.handouts"
    verbose_name = "Cartes"

    def ready(self) -> None:
        from preau.handouts import receivers  # noqa: F401
