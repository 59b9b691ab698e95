from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "preau.campaigns"
    verbose_name = "Campagnes"

    def ready(self) -> None:
        from preau.campaigns import merging, receivers  # noqa: F401
