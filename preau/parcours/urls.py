"""Addresses of the parcours."""

from django.urls import URLPattern

app_name = "parcours"

urlpatterns: list[URLPattern] = []
