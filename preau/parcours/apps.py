from django.apps import AppConfig


class ParcoursConfig(AppConfig):
    name = "preau.parcours"
    verbose_name = "Parcours"

    def ready(self) -> None:
        from preau.parcours import merging  # noqa: F401
