"""Twenty live boards of thirty-five pupils, on both databases: python -m bench.boards [seconds].

The product serves with two processes. First the boards ask again as fast as they can while nobody moves, then as if
everything had moved, then while the pupils sign in as fast as they can too; last at the pace of a lesson: every four
seconds, one pupil a second.
Clients and server share the machine's processors.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.signins import PASSWORD, serving, spent

ROOMS, PUPILS, TYPISTS = 20, 35, 8
UAI = "0931434D"
PACE = 4.0  # seconds between two questions of a board


def fill() -> None:
    """Twenty classes, each with its teacher signed in and its lesson open, and 700 pupils with a password."""
    import django

    django.setup()
    from datetime import timedelta

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.utils import timezone

    from preau.accounts.models import Account
    from preau.accounts.sessions import SessionStore
    from preau.attachments.models import Attachment, How
    from preau.classroom.models import Session
    from preau.establishments.models import Establishment, Membership, Role
    from preau.rosters.models import Division, Learner

    known, now = make_password(PASSWORD), timezone.now()
    school = Establishment.objects.create(uai=UAI, name="Collège des Quatre-Tilleuls", town="Saint-Œgly")
    for room in range(ROOMS):
        division = Division.objects.create(establishment=school, name=f"{room + 1}A", key=f"{room + 1}a")
        teacher = Account.objects.create(email=f"prof{room}@tilleuls.example", last_name=f"Prof {room}")
        member = Membership.objects.create(account=teacher, establishment=school, role=Role.TEACHER)
        member.divisions.add(division)
        Session.objects.create(
            pk=room + 1, establishment=school, division=division, opened_by=teacher, opened_at=now,
            closes_at=now + timedelta(hours=2),
        )  # fmt: skip
        signed_in = SessionStore()
        signed_in[SESSION_KEY] = str(teacher.pk)
        signed_in[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        signed_in[HASH_SESSION_KEY] = teacher.get_session_auth_hash()
        row = signed_in.create_model_instance(dict(signed_in.items()))
        row.session_key = _key(room)
        row.save(force_insert=True)
        ranks = range(room * PUPILS, (room + 1) * PUPILS)
        accounts = Account.objects.bulk_create(
            Account(username=f"eleve.{rank}", first_name=f"Élève{rank}", last_name="Petit", password=known)
            for rank in ranks
        )
        learners = Learner.objects.bulk_create(
            Learner(
                establishment=school, division=division, first_name=f"Élève{rank}", last_name="PETIT",
                local_id=str(rank), search_key=f"petit eleve{rank}", sort_key=f"petit eleve{rank}",
            )
            for rank in ranks
        )  # fmt: skip
        Attachment.objects.bulk_create(
            Attachment(learner=learner, establishment=school, account=account, made_at=now, made_how=How.BULK)
            for learner, account in zip(learners, accounts, strict=True)
        )


def _key(room: int) -> str:
    return f"{room:040x}"


@dataclass
class Heard:
    """What the clients saw: seconds of each answer of a board, and how many said « nothing new »."""

    boards: list[float] = field(default_factory=list)
    same: int = 0
    entered: list[float] = field(default_factory=list)


def watch(port: int, room: int, end: float, pace: float, anew: bool, heard: Heard) -> None:
    """One board: ask for the tiles, with the mark of the last answer, or all of them `anew`."""
    connection, etag = http.client.HTTPConnection("127.0.0.1", port, timeout=60), ""
    time.sleep(pace * room / ROOMS)
    while (begun := time.monotonic()) < end:
        headers = {"Cookie": f"preau={_key(room)}", "HX-Request": "true"}
        if etag and not anew:
            headers["If-None-Match"] = etag
        connection.request("GET", f"/e/{UAI}/seances/{room + 1}/?totaux=0-0-35", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status in {200, 304}, answer.status
        etag = answer.headers.get("ETag", "")
        assert etag, "the teacher is not signed in"
        heard.boards.append(time.monotonic() - begun)
        heard.same += answer.status == 304
        time.sleep(max(0.0, begun + pace - time.monotonic()))
    connection.close()


def type_in(port: int, ranks: list[int], end: float, pace: float, heard: Heard) -> None:
    """Pupils of all the classes in turn, each signing in on a computer where nobody is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/connexion/")
    answer = connection.getresponse()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
    cookie = str(answer.headers["Set-Cookie"]).split(";", 1)[0]
    assert found, "the sign-in page has no token"
    for rank in ranks * 1000:
        begun = time.monotonic()
        if begun >= end:
            break
        typed = {
            "identifier": f"eleve.{rank}",
            "password": PASSWORD,
            "csrfmiddlewaretoken": found.group(1),
        }
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/connexion/", urlencode(typed), headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 302, answer.status
        heard.entered.append(time.monotonic() - begun)
        time.sleep(max(0.0, begun + pace - time.monotonic()))
    connection.close()


def lesson(
    port: int,
    seconds: float,
    *,
    typists: int = 0,
    board_pace: float = 0,
    typing_pace: float = 0,
    anew: bool = False,
) -> Heard:
    """Everybody at once for so long."""
    heard, end = Heard(), time.monotonic() + seconds
    everybody = [
        threading.Thread(target=watch, args=(port, room, end, board_pace, anew, heard))
        for room in range(ROOMS)
    ]
    order = [place + PUPILS * room for place in range(PUPILS) for room in range(ROOMS)]
    for number in range(typists):
        ranks = order[number::typists]
        everybody.append(threading.Thread(target=type_in, args=(port, ranks, end, typing_pace, heard)))
    for one in everybody:
        one.start()
    for one in everybody:
        one.join()
    return heard


def say(name: str, what: str, heard: Heard, seconds: float) -> None:
    """One line."""
    boards, entered = sorted(heard.boards), sorted(heard.entered)
    words = (
        f"{name}, {what}: {len(boards) / seconds:.0f} boards/s, p50 {boards[len(boards) // 2] * 1000:.0f} ms,"
        f" p95 {boards[int(len(boards) * 0.95)] * 1000:.0f} ms, {heard.same / len(boards):.0%} unchanged"
    )
    if entered:
        words += f"; {len(entered) / seconds:.1f} sign-ins/s, p95 {entered[int(len(entered) * 0.95)] * 1000:.0f} ms"
    print(f"{words}; load {os.getloadavg()[0]:.1f}", flush=True)


def measure(name: str, url: str, seconds: float) -> None:
    """Four lines for one database."""
    with serving(url, "bench.boards") as (port, server):
        lesson(port, 1.5, typists=1)  # the first requests import and connect
        for what, anew in (("nobody moves", False), ("every board drawn again", True)):
            before = spent(server)
            heard = lesson(port, seconds, anew=anew)
            say(name, what, heard, seconds)
            print(f"    {(spent(server) - before) / len(heard.boards) * 1000:.1f} ms of processor a board")
        say(name, "pupils sign in as fast as they can", lesson(port, seconds, typists=TYPISTS), seconds)
        paced = lesson(port, seconds * 2, typists=1, board_pace=PACE, typing_pace=1.0)
        say(name, "at the pace of a lesson", paced, seconds * 2)


def main() -> None:
    """Both databases when PostgreSQL is there."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    measure("SQLite", "", seconds)
    from tests.postgres import temporary_postgresql

    try:
        with temporary_postgresql() as url:
            measure("PostgreSQL", url, seconds)
    except RuntimeError as missing:
        print(f"PostgreSQL: {missing}")


if __name__ == "__main__":
    fill() if sys.argv[1:] == ["--fill"] else main()
