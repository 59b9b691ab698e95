from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "preau.campaigns"
    verbose_name = "Campagnes"
