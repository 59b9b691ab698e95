from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "preau.audit"
    verbose_name = "Journal"
