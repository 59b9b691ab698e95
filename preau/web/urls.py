"""Pages that explain, for everyone."""

from django.urls import path

from preau.web import views

app_name = "web"
urlpatterns = [
    path("aide/", views.help_page, name="help"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
]
