"""`preau demo`: two invented schools, ready to be tried."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from preau.rehearsal.ent import people_of_the_ent
from preau.rehearsal.erase import erase_rehearsal
from preau.rehearsal.fill import fill_school
from preau.rehearsal.mediacentre import NoMediacentre, running, sentence
from preau.rehearsal.schools import SCHOOLS, administrator, rehearsal_schools
from preau.rehearsal.summary import ent_lines, lines, sign_ins
from preau.web.french import typeset

HOST = "127.0.0.1"
_FEWEST = 60  # enough for every class to have somebody
_PATIENCE = 1.5  # seconds: a server that was just stopped still holds its port for a moment


class Command(BaseCommand):
    help = "Remplit deux établissements inventés et dit qui peut s’y connecter, avec quoi."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--serve", action="store_true", help="sert ensuite les pages (Ctrl-C arrête tout)"
        )
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--pupils", type=int, default=600, help="élèves du collège, à la première fois ; moitié au lycée"
        )
        parser.add_argument(
            "--erase", action="store_true", help="efface ces deux établissements et leurs personnes inventées"
        )
        parser.add_argument(
            "--yes-invented-people",
            action="store_true",
            help="sur un serveur déployé : accepte des comptes dont le mot de passe est connu de tous",
        )

    def handle(
        self, *, serve: bool, port: int, pupils: int, erase: bool, yes_invented_people: bool, **options: Any
    ) -> None:
        if erase:
            self._erase()
            return
        if not (settings.LOCAL or yes_invented_people):
            raise CommandError(
                typeset(
                    "Ce serveur est déployé (PREAU_URL) : la répétition y ouvrirait des comptes dont le mot de passe "
                    "est public. Si c’est voulu, ajoutez --yes-invented-people."
                )
            )
        if serve:
            _wait_for_port(port)
        call_command("migrate", verbosity=0, interactive=False)
        self._fill(pupils)
        address = f"http://{HOST}:{port}" if settings.LOCAL else settings.SITE_URL
        for line in lines(sign_ins(now=timezone.now()), address=address):
            self.stdout.write(line)
        if serve:
            with self._mediacentre(port, address):
                self.stdout.flush()
                os.environ.setdefault("PREAU_LOG_LEVEL", "WARNING")  # what was printed above stays in sight
                call_command("serve", host=HOST, port=port)

    @contextmanager
    def _mediacentre(self, port: int, address: str) -> Iterator[None]:
        """The invented ENT beside us while we serve, where it can run; otherwise one sentence says why it does not."""
        if not settings.LOCAL:
            yield
            return
        with ExitStack() as stack:
            try:
                ent = stack.enter_context(running(ports=(port + 1, port + 2)))
            except NoMediacentre as problem:
                said: list[str] = [sentence(problem)]
            else:
                ent.knows(people_of_the_ent())
                os.environ.update(ent.serves(address))  # read by the pages, that are other processes
                said = list(ent_lines(ent))
            for line in (*said, ""):
                self.stdout.write(line)
            yield

    def _fill(self, pupils: int) -> None:
        by = administrator(readable_password=settings.LOCAL)
        there = set(rehearsal_schools().values_list("uai", flat=True))
        missing = [school for school in SCHOOLS if school.uai not in there]
        for real_size in missing:
            school = replace(real_size, pupils=max(_FEWEST, pupils * real_size.pupils // 600))
            self.stdout.write(typeset(f"J’invente « {school.name} » : {school.pupils} élèves…"))
            self.stdout.flush()
            fill_school(school, by=by, now=timezone.now())

    def _erase(self) -> None:
        if not rehearsal_schools().exists():
            self.stdout.write("Il n’y a pas de répétition à effacer.")
            return
        count = erase_rehearsal()
        self.stdout.write(
            typeset(f"Effacés : les deux établissements inventés, leurs élèves et {count} comptes.")
        )


def _wait_for_port(port: int) -> None:
    """Return once the port can be listened to; raise CommandError when somebody else keeps it."""
    deadline = time.monotonic() + _PATIENCE
    while not _is_free(port):
        if time.monotonic() > deadline:
            other = port + 1 if port < 65535 else 8000
            raise CommandError(
                typeset(
                    f"Le port {port} est déjà pris, peut-être par un Préau qui tourne. Arrêtez-le, ou choisissez "
                    f"un autre port : make run PORT={other}"
                )
            )
        time.sleep(0.2)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True
