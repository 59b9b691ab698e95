from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "preau.attachments"
    verbose_name = "Rattachements"

    def ready(self) -> None:
        from preau.attachments import receivers  # noqa: F401
        from preau.attachments.waiting import cases_waiting
        from preau.establishments.context import COUNTS

        COUNTS["help"] = cases_waiting
