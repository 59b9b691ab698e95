"""How long the pages of a large school take, on SQLite and PostgreSQL: python -m bench.pupils_tab [pupils].

Each page is asked for through the whole stack (middleware, view, template), best of five, with its queries. Then the
tab with its diagnosis, in every combination of filters and searches of MANY, each asked as often: the fewest and the
most queries, the median and the 95th percentile.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

UAI = "0931434D"
FIRST = (
    "Léa",
    "Mohamed-Amine",
    "Apolline",
    "Ayşe",
    "Íñigo",
    "Marie-Gwenaëlle",
    "Tiana",
    "Ange-Désiré",
    "Zoé",
    "Noé",
)
LAST = (
    "MARTIN",
    "AÏT-OUALI",
    "BŒUF",
    "ÇELİK",
    "NUÑEZ",
    "DE LA ROCHEBRUNE",
    "N’GUESSAN",
    "ŒUVRARD",
    "ÉTIENNE",
    "LEFÈVRE",
)
BEST_OF = 5
# Every filter of the tab and two searches, alone and together.
MANY = {
    "q": ("", "oeuvrard", "lea."),
    "mode": ("", "mediacentre", "aucun"),
    "qui": ("", "you", "pupil"),
    "situation": ("", "NO_ACCOUNT", "USERNAME_TO_MEDIACENTRE", "DONE"),
    "etape": ("", "OPEN_TILE"),
}
ASKED_EACH = 2


def fill(number: int) -> object:
    """Invent a school of `number` pupils in every state, and return its référente's account."""
    from allauth.socialaccount.models import SocialAccount
    from django.utils import timezone

    from preau.accounts.models import Account
    from preau.attachments.models import Attachment, How
    from preau.campaigns.models import Campaign, Participation
    from preau.establishments.models import Establishment, Membership, Role
    from preau.rosterfiles.names import fold, sort_key
    from preau.rosters.models import Division, ImportState, Learner, LearnerStatus, RosterImport
    from preau.rosters.statements import tell_sizes

    rng, now = random.Random(2026), timezone.now()
    school = Establishment.objects.create(
        uai=UAI, name="Collège des Quatre-Tilleuls", town="Saint-Œgly", target_mode="MEDIACENTRE"
    )
    boeuf = Account.objects.create(
        email="boeuf@tilleuls.example", first_name="Cécile", last_name="Bœuf-Delaÿe"
    )
    Membership.objects.create(account=boeuf, establishment=school, role=Role.REFERENT)
    RosterImport.objects.create(
        establishment=school, state=ImportState.APPLIED, file_name="ElevesSansAdresses.zip", sha256="0" * 64, size=1,
        uploaded_at=now - timedelta(days=1), progress_at=now, applied_at=now - timedelta(days=1), applied_by=boeuf,
        problems=[{"who": "SECRETARIAT", "pupil": {"local_id": str(n)}} for n in range(5)],
    )  # fmt: skip
    names = [f"{level}{letter}" for level in range(6, 2, -1) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    divisions = Division.objects.bulk_create(
        [
            Division(establishment=school, name=name, key=name.lower())
            for name in names[: max(1, number // 29)]
        ]
    )
    pupils = []
    for index in range(number):
        first, last = rng.choice(FIRST), f"{rng.choice(LAST)}-{rng.choice(LAST)}"
        pupils.append(
            Learner(
                establishment=school, local_id=str(index), first_name=first, last_name=last,
                division=divisions[index % len(divisions)], birth_date=date(2013, 1 + index % 12, 1 + index % 28),
                search_key=fold(f"{last} {first}"), sort_key=sort_key(f"{last} {first}"),
                ine=None if index % 60 == 0 else f"{index:09}AA",
                status=LearnerStatus.LEFT if index % 40 == 39 else LearnerStatus.PRESENT,
            )
        )  # fmt: skip
    pupils = Learner.objects.bulk_create(pupils, batch_size=500)
    known = [pupil for index, pupil in enumerate(pupils) if index % len(divisions) % 5]
    accounts = Account.objects.bulk_create(
        [
            Account(
                username=f"{fold(pupil.first_name)}.{pupil.pk}".replace(" ", ""), password="!",
                first_name=pupil.first_name, last_name=pupil.last_name,
                password_chosen_at=now if pupil.pk % 4 else None,
                last_login=now - timedelta(hours=pupil.pk % 90) if pupil.pk % 3 else None,
            )
            for pupil in known
        ],
        batch_size=500,
    )  # fmt: skip
    Attachment.objects.bulk_create(
        [
            Attachment(
                learner=pupil,
                establishment=school,
                account=account,
                made_at=now - timedelta(days=2),
                made_how=How.BULK,
            )
            for pupil, account in zip(known, accounts, strict=True)
        ],
        batch_size=500,
    )
    SocialAccount.objects.bulk_create(
        [SocialAccount(user=account, provider="gar", uid=str(account.pk)) for account in accounts[::3]],
        batch_size=500,
    )
    campaign = Campaign.objects.create(
        establishment=school, title="Rentrée", code="BDFGHK274", opens_at=now - timedelta(days=3), made_at=now
    )
    Participation.objects.bulk_create(
        [Participation(campaign=campaign, learner=pupil, started_at=now) for pupil in known[::2]],
        batch_size=500,
    )
    tell_sizes()  # as an import does
    return boeuf


def measure(number: int) -> None:
    """Print one line a page for the database of DATABASE_URL."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment
    from django.utils import timezone

    from preau.attachments.models import Attachment
    from preau.handouts.actions import new_token
    from preau.handouts.errands import run_errand
    from preau.handouts.models import Errand
    from preau.rosters.models import Learner

    setup_test_environment()
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    account = fill(number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    base = f"/e/{UAI}/"

    def show(words: str, ask: object, *, times: int = BEST_OF) -> None:
        best, queries = float("inf"), 0
        for _ in range(times):
            with CaptureQueriesContext(connection) as caught:
                start = time.perf_counter()
                answer = ask()
                best = min(best, time.perf_counter() - start)
            queries = len(caught)
            assert answer.status_code == 200, (words, answer.status_code, getattr(answer, "url", ""))
        print(f"{connection.vendor:<11} {words:<44} {best * 1000:8.1f} ms {queries:4} queries")

    pages = {
        "Élèves": "eleves/",
        "Élèves, last page": "eleves/?page=999",
        "Élèves, « oeuvrard tiana »": "eleves/?q=oeuvrard+tiana",
        "Élèves, identifiant « lea. »": "eleves/?q=lea.",
        "Élèves, one class": f"eleves/?classe={Learner.objects.first().division_id}",
        "Élèves, mode Médiacentre": "eleves/?mode=mediacentre",
        "Élèves, mode Identifiant": "eleves/?mode=identifiant",
        "Élèves, mode Mail": "eleves/?mode=mail",
        "Élèves, mode aucun": "eleves/?mode=aucun",
        "Élèves, sans Médiacentre": "eleves/?mode=sans-mediacentre",
        "Élèves, partis": "eleves/?statut=partis",
        "Numbers of all the pupils": "eleves/numeros/",
        "Élèves, qui agit : Vous": "eleves/?qui=you",
        "Élèves, situation Identifiant → Médiacentre": "eleves/?situation=USERNAME_TO_MEDIACENTRE",
        "Accueil rentrée": "",
        "Avancement": "avancement/",
        "La rentrée en un chiffre": "un-chiffre/",
        "Et si on changeait ?": "changer/?vers=USERNAME&qui=you",
        "Cartes": "cartes/",
        "Fiche élève": f"eleves/{Attachment.objects.first().learner_id}/",
    }
    for words, path in pages.items():
        show(words, lambda path=path: client.get(base + path))
    every_filter(client, base + "eleves/", f"classe={Learner.objects.first().division_id}")
    everybody = ",".join(map(str, Learner.objects.present().values_list("pk", flat=True)))
    show(
        "What actions would touch, whole school",
        lambda: client.post(base + "eleves/effets/", {"chosen_elsewhere": everybody}),
    )
    show("CSV of the whole school", lambda: client.post(base + "eleves/export/", {}))
    token = new_token()
    chosen = {"token": token, "chosen_elsewhere": everybody, "action": "cartes"}
    show("What cards for the whole school would touch", lambda: client.post(base + "eleves/action/", chosen))
    sure = {**chosen, "sure": "1"}
    show("Ask for them", lambda: client.post(base + "eleves/action/", sure, follow=True), times=1)
    run_errand(errand_id=Errand.objects.get().pk, at=timezone.now())
    form = {"token": token, "errand": Errand.objects.get().pk}
    show("… their page", lambda: client.post(base + "cartes/preparer/", form))
    show("… their PDF", lambda: client.post(base + "cartes/pdf/", {"token": token}), times=2)
    print(f"{connection.vendor:<11} Élèves with those cards:")
    show("Élèves", lambda: client.get(base + "eleves/"))


def every_filter(client: object, path: str, of_class: str) -> None:
    """Ask for the tab in every combination of MANY, in a school and in a class, and print what it took."""
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    times, own, queries, asked = [], [], set(), 0
    for values in itertools.product(*MANY.values()):
        query = "&".join(f"{name}={value}" for name, value in zip(MANY, values, strict=True) if value)
        for where in ("", of_class):
            asked += 1
            reset_queries()  # the log has an end
            for _ in range(ASKED_EACH):
                with CaptureQueriesContext(connection) as caught:
                    start, busy = time.perf_counter(), time.process_time()
                    assert client.get(f"{path}?{query}&{where}").status_code == 200
                    times.append((time.perf_counter() - start) * 1000)
                    own.append((time.process_time() - busy) * 1000)
                queries.add(len(caught))
    reset_queries()
    times.sort()
    own.sort()
    print(
        f"{connection.vendor:<11} Élèves, {asked} filters and searches × {ASKED_EACH}:"
        f" median {times[len(times) // 2]:.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms,"
        f" worst {times[-1]:.0f} ms; of our own processor time, median {own[len(own) // 2]:.0f} ms,"
        f" p95 {own[int(len(own) * 0.95)]:.0f} ms; {min(queries)} to {max(queries)} queries"
    )


def main(number: int) -> None:
    """Measure on SQLite, then on PostgreSQL where there is one."""
    on_both("bench.pupils_tab", number)


def on_both(module: str, number: int) -> None:
    """Run `python -m module --here number` on a new database of each kind."""
    from tests.postgres import binaries, temporary_postgresql

    command = [sys.executable, "-m", module, "--here", str(number)]
    with tempfile.TemporaryDirectory() as folder:
        base = {
            **os.environ,
            "PREAU_VAR": folder,
            "PREAU_DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "preau.settings",
        }
        subprocess.run(
            command, env={**base, "DATABASE_URL": f"sqlite:///{Path(folder) / 'bench.sqlite3'}"}, check=True
        )
        if binaries():
            with temporary_postgresql() as url:
                subprocess.run(command, env={**base, "DATABASE_URL": url, "PREAU_DB_POOLED": "0"}, check=True)


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:] if word.isdigit()]
    (measure if "--here" in sys.argv else main)(*(asked or [3640]))
