"""The addresses of the school's Accueil and pupils."""

from django.urls import path

from preau.scenarios.views import coverage, digest, home, incident, leaflets, pictures, pupil, pupils, switch

app_name = "scenarios"
urlpatterns = [
    path("", home.home, name="home"),
    path("changer/", switch.switch, name="switch"),
    path("avancement/", pictures.pictures, name="pictures"),
    path("avancement/classes.csv", pictures.classes_csv, name="classes_csv"),
    path("avancement/jours.csv", pictures.days_csv, name="days_csv"),
    path("un-chiffre/", pictures.one_page, name="one_page"),
    path("un-chiffre/par-mail/", digest.choose, name="digest"),
    path("mediacentre/", coverage.coverage, name="coverage"),
    path("incident/", incident.incident, name="incident"),
    path("eleves/", pupils.pupils, name="pupils"),
    path("eleves/numeros/", pupils.ids, name="ids"),
    path("eleves/effets/", pupils.effects, name="effects"),
    path("eleves/action/", pupils.act, name="act"),
    path("eleves/feuilles/", leaflets.leaflets_page, name="leaflets"),
    path("eleves/export/", pupils.export, name="export"),
    path("eleves/<int:learner>/", pupil.pupil, name="pupil"),
    path("eleves/<int:learner>/montrer/", pupil.reveal, name="reveal"),
    path("eleves/<int:learner>/debloquer/", pupil.unblock, name="unblock"),
    path("eleves/<int:learner>/deconnecter/", pupil.sign_out, name="sign_out"),
    path("eleves/<int:learner>/identifiant/", pupil.give_username, name="give_username"),
]
