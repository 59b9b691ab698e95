"""Every address of Préau, room by room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("preau.campaigns.urls")),
    path("", include("preau.parcours.urls")),
    path("", include("preau.results.urls")),
    path("", include("preau.attachments.urls")),
    path("", include("preau.accounts.urls")),
    path("", include("preau.web.urls")),
    path("e/", include("preau.establishments.urls")),
    path("e/<str:uai>/", include("preau.scenarios.urls")),
    path("e/<str:uai>/", include("preau.rosters.urls")),
    path("e/<str:uai>/", include("preau.handouts.urls")),
    path("e/<str:uai>/", include("preau.classroom.urls")),
    path("", include("preau.privacy.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "preau.web.views.bad_request"
handler403 = "preau.web.views.forbidden"
handler404 = "preau.web.views.not_found"
handler500 = "preau.web.views.server_error"
