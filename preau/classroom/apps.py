from django.apps import AppConfig


class ClassroomConfig(AppConfig):
    name = "preau.classroom"
    verbose_name = "Séances"

    def ready(self) -> None:
        from preau.classroom import receivers  # noqa: F401
