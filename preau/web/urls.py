"""Pages that explain, for everyone."""

from django.urls import path
from django.views.i18n import set_language

from preau.web import tasks_page, views

app_name = "web"
urlpatterns = [
    path("langue/", set_language, name="language"),
    path("admin/taches/", tasks_page.tasks, name="tasks"),
    path("aide/", views.help_page, name="help"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
]
