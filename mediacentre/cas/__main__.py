"""`python -m cas --port 8002 --settings people.json`, from the folder above; says one line of JSON once it is ready."""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from tempfile import TemporaryDirectory
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.core.management import call_command

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
APPS += ["django.contrib.messages", "cas_server"]


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request: to sign somebody out, the server calls Préau while somebody else signs in."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, *said: object) -> None:
        return


def configure(folder: str, people: str) -> None:
    """Settings of a server that lasts as long as this process; tickets and sessions go with it."""
    settings.configure(
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        INSTALLED_APPS=APPS,
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.locale.LocaleMiddleware",
        ],
        ROOT_URLCONF="cas.urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [Path(__file__).with_name("templates")],
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": f"{folder}/cas.sqlite3",
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        MIGRATION_MODULES={app.rpartition(".")[2]: None for app in APPS},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        LOGGING={
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR"}},
        },
        LANGUAGE_CODE="fr",
        USE_TZ=True,
        STATIC_URL="/static/",
        SESSION_COOKIE_NAME="ent-cas",
        CSRF_COOKIE_NAME="ent-cas-csrf",
        PEOPLE=people,
        CAS_AUTH_CLASS="cas.people.Person",
        CAS_USER_CREDENTIAL_FORM="cas.people.Choose",
        CAS_LOGIN_TEMPLATE="login.html",
        CAS_LOGGED_TEMPLATE="logged.html",
        CAS_LOGOUT_TEMPLATE="logout.html",
        CAS_NEW_VERSION_HTML_WARNING=False,
        CAS_NEW_VERSION_EMAIL_WARNING=False,
    )


def main() -> None:
    """Serve until whoever started us closes our standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--settings", required=True)
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="preau-ent-") as folder:
        configure(folder, asked.settings)
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
        from cas_server.models import ServicePattern
        from django.core.wsgi import get_wsgi_application

        # Any port of this machine: a rehearsal or a test may serve Préau on whichever is free.
        pattern = ServicePattern.objects.create(
            name="Préau", pattern=r"^http://(127\.0\.0\.1|localhost):\d+/", single_log_out=True
        )
        pattern.attributs.create(name="*")
        server = make_server(
            "127.0.0.1", asked.port, get_wsgi_application(), server_class=Server, handler_class=Quiet
        )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(json.dumps({"address": f"http://localhost:{asked.port}/cas"}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
