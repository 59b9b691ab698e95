from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "preau.web"
    verbose_name = "Pages"
