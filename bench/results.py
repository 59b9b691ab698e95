"""What the results of a large school cost: python -m bench.results [pupils].

Every pupil has sent a parcours of 16 questions. Each page and file is asked for through the whole stack, best of five:
clock, processor time of this process (the database's own left out on PostgreSQL), queries.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

UAI, ASKED, BEST_OF = "0931434D", 16, 5


def fill(number: int) -> tuple[object, int, int]:
    """A school whose pupils have all sent; its référente, the campaign, one pupil."""
    from django.utils import timezone

    from preau.accounts.models import Account
    from preau.campaigns.actions import CampaignWish, create_campaign
    from preau.campaigns.models import CampaignKind, Participation
    from preau.establishments.models import Establishment, Membership, Role
    from preau.parcours.bank import load_bank
    from preau.parcours.choosing import Said, course_of
    from preau.parcours.editions import keep_edition, version_of
    from preau.parcours.models import Answer, Attempt, AttemptState
    from preau.parcours.plans import RENTREE
    from preau.rosters.models import Division, Learner

    rng, now = random.Random(2026), timezone.now()
    school = Establishment.objects.create(uai=UAI, name="Collège des Quatre-Tilleuls", town="Saint-Œgly")
    boeuf = Account.objects.create(email="boeuf@tilleuls.example", first_name="Cécile", last_name="Bœuf")
    Membership.objects.create(account=boeuf, establishment=school, role=Role.REFERENT)
    wish = CampaignWish("Rentrée", "", now - timedelta(days=1), None, (), kind=CampaignKind.RENTREE)
    campaign = create_campaign(establishment=school, wish=wish, by=boeuf, at=now)
    divisions = Division.objects.bulk_create(
        Division(establishment=school, name=f"6{n}", key=f"6{n}") for n in range(number // 29 + 1)
    )
    pupils = Learner.objects.bulk_create(
        [
            Learner(
                establishment=school, local_id=str(n), first_name=f"P{n}", last_name="N", sort_key=f"n p{n:05}",
                search_key=f"n p{n}", division=divisions[n % len(divisions)],
            )
            for n in range(number)
        ],
        batch_size=500,
    )  # fmt: skip
    bank, edition = load_bank(), keep_edition(load_bank(), at=now)
    course = course_of(RENTREE, edition, None)
    by_competence = {code: bank.of_competence(code) for code in RENTREE.competences}
    attempts, answers = [], []
    for pupil in pupils:
        chosen = [(rng.choice(items), rng.random() < 0.55) for items in by_competence.values()]
        attempts.append(
            Attempt(
                learner=pupil, definition=RENTREE.as_json(), edition_id=edition, seed=pupil.pk, state=AttemptState.SENT,
                answered=ASKED, levels=course.levels([Said(i.id, i.skill.id, ok) for i, ok in chosen]),
                shown_at=now, started_at=now, finished_at=now, sent_at=now,
            )
        )  # fmt: skip
        answers.append(chosen)
    attempts = Attempt.objects.bulk_create(attempts, batch_size=500)
    Participation.objects.bulk_create(
        [
            Participation(
                campaign=campaign, learner=pupil, attempt=one, started_at=now, state="DONE", done_at=now
            )
            for pupil, one in zip(pupils, attempts, strict=True)
        ],
        batch_size=500,
    )
    looked_at = pupils[7].pk  # passed everything, so that any answer can be judged again
    versions = {item.id: version_of(item) for item in bank.items}
    Answer.objects.bulk_create(
        [
            Answer(
                attempt=one, rank=rank, key=one.key_of(rank), item_id=item.id, item_version=versions[item.id],
                skill=item.skill.id, competence=item.skill.competence, level=item.skill.level, given={"answer": ["1"]},
                right=ok and one.learner_id != looked_at, passed=one.learner_id == looked_at,
                shown_at=now - timedelta(seconds=30), answered_at=now,
            )
            for one, chosen in zip(attempts, answers, strict=True)
            for rank, (item, ok) in enumerate(chosen, start=1)
        ],
        batch_size=500,
    )  # fmt: skip
    return boeuf, campaign.pk, looked_at


def measure(number: int) -> None:
    """Fill, then ask for each page."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    boeuf, campaign, pupil = fill(number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(boeuf, backend="allauth.account.auth_backends.AuthenticationBackend")
    place = f"/e/{UAI}/campagnes/{campaign}/resultats/"
    for name, end in (
        ("la classe", ""), ("les questions", "questions/"), ("un élève", f"eleves/{pupil}/"),
        ("CSV", "resultats.csv"), ("xAPI", "xapi.json"),
    ):  # fmt: skip
        clock, busy, queries = [], [], set()
        for _ in range(BEST_OF):
            with CaptureQueriesContext(connection) as caught:
                start, own = time.perf_counter(), time.process_time()
                answer = browser.get(place + end)
                size = sum(map(len, answer.streaming_content)) if answer.streaming else len(answer.content)
                clock.append((time.perf_counter() - start) * 1000)
                busy.append((time.process_time() - own) * 1000)
            assert answer.status_code == 200, (end, answer.status_code)
            queries.add(len(caught))
        print(
            f"| {connection.vendor} | {name} | {min(clock):.0f} ms | {min(busy):.0f} ms | {min(queries)}"
            f" | {size / 1000:.0f} ko |",
            flush=True,
        )


def main(number: int) -> None:
    """Measure on SQLite, then on PostgreSQL where there is one."""
    from tests.postgres import binaries, temporary_postgresql

    command = [sys.executable, "-m", "bench.results", "--here", str(number)]
    print(
        "| Base | Page | Horloge | Processeur | Requêtes | Taille |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    with tempfile.TemporaryDirectory() as folder:
        base = {
            **os.environ,
            "PREAU_VAR": folder,
            "PREAU_DEBUG": "0",
            "DJANGO_SETTINGS_MODULE": "preau.settings",
        }
        lite = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        subprocess.run(command, env={**base, "DATABASE_URL": lite}, check=True)
        if binaries():
            with temporary_postgresql() as url:
                subprocess.run(command, env={**base, "DATABASE_URL": url, "PREAU_DB_POOLED": "0"}, check=True)


if __name__ == "__main__":
    asked = [int(word) for word in sys.argv[1:] if word.isdigit()]
    (measure if "--here" in sys.argv else main)(*(asked or [3640]))
