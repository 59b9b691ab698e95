from django.apps import AppConfig


class AttachmentsConfig(AppConfig):
    name = "preau.attachments"
    verbose_name = "Rattachements"
