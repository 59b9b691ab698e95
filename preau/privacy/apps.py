from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "preau.privacy"
    verbose_name = "Données personnelles"

    def ready(self) -> None:
        from preau.privacy import receivers  # noqa: F401 - listens
