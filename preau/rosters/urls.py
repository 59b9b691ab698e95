from django.urls import path

from preau.rosters import views

app_name = "rosters"

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/deposer/", views.upload, name="upload"),
    path("import/<int:pk>/", views.detail, name="detail"),
    path("import/<int:pk>/avancement/", views.progress, name="progress"),
    path("import/<int:pk>/appliquer/", views.apply, name="apply"),
    path("import/<int:pk>/abandonner/", views.drop, name="drop"),
    path("import/<int:pk>/montrer/<int:change>/", views.reveal, name="reveal"),
]
