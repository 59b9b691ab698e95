from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "preau.web"
    verbose_name = "Pages"

    def ready(self) -> None:
        from preau.web import checks  # noqa: F401 - registers them
