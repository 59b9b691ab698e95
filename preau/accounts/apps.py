from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "preau.accounts"
    verbose_name = "Comptes"

    def ready(self) -> None:
        from preau.accounts import checks  # noqa: F401
