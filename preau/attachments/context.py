"""What every template knows."""

from django.http import HttpRequest


def pupil(request: HttpRequest) -> dict[str, object]:
    return {}
