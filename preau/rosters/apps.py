from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "preau.rosters"
    verbose_name = "Base élèves"

    def ready(self) -> None:
        from preau.rosters import receivers  # noqa: F401
