from django.apps import AppConfig


class EstablishmentsConfig(AppConfig):
    name = "preau.establishments"
    verbose_name = "Établissements"

    def ready(self) -> None:
        from preau.establishments import receivers  # noqa: F401
