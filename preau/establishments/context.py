"""What every template knows."""

from django.http import HttpRequest


def staff(request: HttpRequest) -> dict[str, object]:
    return {}
