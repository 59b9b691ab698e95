"""What `preau check --deploy` says of operating: who looks, and what would be missing on a bad day."""

from __future__ import annotations

import shutil
from functools import cache
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Advice
from django.db import DatabaseError, connection

from preau.web.backup import was_cut
from preau.web.probes import cache_answers, migrations_missing
from preau.web.workers import HOW, workers


@register(Tags.security, deploy=True)
def operating(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Advice, each with what to do."""
    found: list[CheckMessage] = []
    if not settings.OPERATOR:
        found.append(
            Advice(
                "PREAU_OPERATOR n’est pas donné : le registre et les notices ne nomment pas qui tient ce serveur.",
                hint="PREAU_OPERATOR='Rectorat de …, direction des systèmes d’information'",
                id="preau.W020",
            )
        )
    if not settings.METRICS_TOKEN:
        found.append(
            Advice(
                "PREAU_METRICS_TOKEN n’est pas donné : /metriques est fermé, personne ne suit le serveur.",
                hint="PREAU_METRICS_TOKEN=$(openssl rand -hex 24), et le même mot dans Prometheus (hebergement.md).",
                id="preau.W021",
            )
        )
    postgresql = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    if postgresql and not shutil.which("pg_dump"):
        found.append(
            Advice(
                "pg_dump manque : « preau backup » ne pourra pas sauvegarder depuis cette machine.",
                hint="Installez postgresql-client, de la même version que le serveur, ou plus récent.",
                id="preau.W022",
            )
        )
    return found


@cache
def why_no_database() -> str:
    """Why the database does not answer; nothing when it does. Asked once, and not for long: a start waits for it."""
    if connection.vendor != "postgresql":
        return ""
    import psycopg

    asked = {key: value for key, value in connection.get_connection_params().items() if key != "pool"}
    try:
        psycopg.connect(**asked | {"connect_timeout": 3}).close()
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        return said[0] if said else type(error).__name__
    return ""


@register(Tags.security, deploy=True)
def what_pages_need(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Advice only: pages that start without a database say so to whoever opens them, and come back with it."""
    found: list[CheckMessage] = []
    if why := why_no_database():
        found.append(
            Advice(
                f"La base de données ne répond pas : {why}",
                hint="systemctl status postgresql ; puis l’hôte, le port et le mot de passe de DATABASE_URL.",
                id="preau.W024",
            )
        )
    elif (said := migrations_missing()) != "ok":
        found.append(Advice(f"Base de données, migrations : {said}.", hint="preau migrate", id="preau.W025"))
    elif settings.PGBOUNCER and not _limits_reach_it():
        found.append(
            Advice(
                "PgBouncer ne donne pas nos délais à PostgreSQL : une requête trop longue n’est jamais arrêtée.",
                hint="connect_query, dans son fichier : voir deploy/pgbouncer/pgbouncer.ini.",
                id="preau.W027",
            )
        )
    if (said := cache_answers()) != "ok":
        found.append(
            Advice(
                f"Le cache {said} : les pages continuent, plus lentes.",
                hint="systemctl status valkey-server ; puis CACHE_URL.",
                id="preau.W026",
            )
        )
    return found


def _limits_reach_it() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return bool(cursor.fetchone()[0] != "0")


@register(Tags.security, deploy=True)
def workers_live(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A page server is never refused for it: the tasks of a school wait, and its pages open."""
    if why_no_database():
        return []
    try:
        alive = workers()
    except DatabaseError:  # not migrated yet
        return []
    if alive.fine:
        return []
    said = alive.words[0].upper() + alive.words[1:]
    return [
        Advice(
            f"{said}. Imports, cartes et résumés attendent.", hint=f"Lancez-en un : {HOW}", id="preau.W023"
        )
    ]


@register(Tags.security, deploy=True)
def nothing_was_cut(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Pages on a database that a restore left empty would look as if everything were lost."""
    if connection.vendor != "postgresql" or why_no_database() or not was_cut():
        return []
    return [
        Error(
            "Une restauration s’est interrompue. Rien n’est perdu : ce que la base contenait attend à côté.",
            hint="Relancez la même commande « preau restore » : elle le remet, puis dit comment le remplacer.",
            id="preau.E020",
        )
    ]
