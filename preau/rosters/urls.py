from django.urls import path

from preau.rosters import calendar_page, columns, desk, hand, undoing, views

app_name = "rosters"

urlpatterns = [
    path("import/", views.imports, name="imports"),
    path("import/calendrier/", calendar_page.calendar, name="calendar"),
    path("eleves/ajouter/", hand.add, name="add"),
    path("eleves/<int:learner>/corriger/", hand.correct, name="correct"),
    path("eleves/<int:learner>/depart/", hand.left, name="left"),
    path("eleves/<int:learner>/retour/", hand.back, name="back"),
    path("import/deposer/", views.upload, name="upload"),
    path("import/<int:pk>/", views.detail, name="detail"),
    path("import/modele.<str:kind>", desk.model_file, name="model"),
    path("import/<int:pk>/colonnes/", columns.columns, name="columns"),
    path("import/<int:pk>/reponses/", desk.answer, name="answer"),
    path("import/<int:pk>/changements.csv", desk.changes_csv, name="changes_csv"),
    path("import/<int:pk>/corrections/", desk.corrections_sheet, name="corrections"),
    path("import/<int:pk>/avancement/", views.progress, name="progress"),
    path("import/<int:pk>/appliquer/", views.apply, name="apply"),
    path("import/<int:pk>/abandonner/", views.drop, name="drop"),
    path("import/<int:pk>/annuler/", undoing.undo, name="undo"),
    path("import/<int:pk>/montrer/<int:change>/", views.reveal, name="reveal"),
]
