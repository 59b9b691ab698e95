"""What is wrong with the settings of an ENT, in words for whoever administers the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.documents import text_of
from preau.accounts.providers.metadata import certificate_of
from preau.accounts.providers.probes import Finding, probed
from preau.accounts.providers.refusals import ProviderDown, Reason, SettingRefused
from preau.accounts.providers.saml import SamlProvider, library
from preau.accounts.providers.ways import providers
from preau.web.french import day_words, typeset

ALERT = timedelta(days=30)
DAY = 24 * 3600
AT_ONCE = 8  # providers that are asked side by side
# What the refusals of the last day point at.
LIKELY = {
    Reason.RECIPIENT: "l’ACS déclaré chez le fournisseur n’est pas le nôtre",
    Reason.DESTINATION: "l’ACS déclaré chez le fournisseur n’est pas le nôtre",
    Reason.AUDIENCE: "l’entité (ou le client) déclarée chez le fournisseur n’est pas la nôtre",
    Reason.ISSUER: "les métadonnées sont celles d’une autre entité",
    Reason.SIGNATURE: "le fournisseur a changé de certificat : prenez ses nouvelles métadonnées",
    Reason.CLOCK: "une des deux horloges n’est pas à l’heure",
    Reason.NO_IDENTIFIER: "le fournisseur n’envoie pas l’identifiant : demandez l’attribut, ou réglez UID_ATTRIBUTE",
    Reason.ODD_IDENTIFIER: "l’identifiant n’a pas la forme attendue : réglez UID_PATTERN",
    Reason.ENCRYPTED: "le fournisseur chiffre ses réponses : réglez ENCRYPTION, faites relire nos métadonnées",
    Reason.UNOPENED: "aucune de nos clés n’ouvre ses réponses : faites relire nos métadonnées, ou gardez OLD_KEY",
    Reason.IN_CLEAR: "le fournisseur ne chiffre pas ses réponses, et ENCRYPTION=required l’exige",
    Reason.ALGORITHM: "le fournisseur signe ou chiffre par un procédé trop faible",
    Reason.STATUS: "le fournisseur refuse notre demande : vérifiez ce qui y est déclaré",
}


def inspect(provider: EntProvider, *, at: datetime, online: bool = True) -> list[Finding]:
    """Everything worth saying of this provider's settings; one « ok » line when nothing is wrong."""
    found = [*_prepared(provider), *expiring(provider, at=at), *_declared(provider), *_refusals(provider)]
    if online and not any(one.level == "bad" for one in found):
        found += probed(provider)
    return found or [Finding("ok", "Tout est en ordre.")]


def inspect_all(asked: Sequence[EntProvider], *, at: datetime) -> list[list[Finding]]:
    """The same for each, side by side: several that do not answer make nobody wait longer than one."""
    if len(asked) < 2:
        return [inspect(one, at=at) for one in asked]
    with ThreadPoolExecutor(min(AT_ONCE, len(asked))) as pool:
        return list(pool.map(lambda one: inspect(one, at=at), asked))


def alerts(*, at: datetime) -> list[Finding]:
    """Certificates that are over or soon will be, for every provider, each sentence with the provider's name."""
    return [
        Finding(one.level, f"{provider.name} : {one.text[:1].lower()}{one.text[1:]}")
        for provider in providers()
        for one in expiring(provider, at=at)
    ]


def note_refusal(slug: str, reason: Reason) -> None:
    """Count one refused arrival, for the page of whoever administers the server."""
    key = f"preau.ent.refused.{slug}.{reason}"
    cache.add(key, 0, DAY)
    try:
        cache.incr(key)
    except ValueError:  # it went away in between
        return


def _prepared(provider: EntProvider) -> Iterator[Finding]:
    try:
        provider.prepare()
    except SettingRefused as problem:
        yield Finding("bad", f"{str(problem)[:1].upper()}{str(problem)[1:]}.")
    except ProviderDown as down:
        why = f" : {down.why}" if down.why else ""
        yield Finding("bad", f"Le fournisseur ne répond pas, ou répond autre chose que prévu{why}.")


def expiring(provider: EntProvider, *, at: datetime) -> Iterator[Finding]:
    """Our certificate and theirs, when they are over or have less than thirty days left."""
    if not isinstance(provider, SamlProvider):
        return
    try:
        mine, coming = (_ours(provider, name) for name in ("certificate", "next_certificate"))
        other = provider.identity_provider()
        certificates, until = [certificate_of(text) for text in other.certificates], other.valid_until
    except (SettingRefused, ProviderDown):
        return  # said elsewhere
    if mine is not None:
        yield from _life("Notre certificat", mine.not_valid_after_utc, at, advice="préparez NEXT_CERTIFICATE")
    if coming is not None:
        yield from _life(
            "Notre prochain certificat", coming.not_valid_after_utc, at, advice="faites-en un autre"
        )
    last = max((one.not_valid_after_utc for one in certificates), default=at)
    yield from _life("Le certificat du fournisseur", last, at, advice="prenez ses nouvelles métadonnées")
    if until and until.astimezone(UTC) < at:
        yield Finding("warn", "Ses métadonnées ont passé leur date de validité : prenez les nouvelles.")


def _ours(provider: SamlProvider, name: str) -> x509.Certificate | None:
    written = provider.setting(name)
    return certificate_of(text_of(written).decode("ascii", "replace")) if written else None


def _life(what: str, end: datetime, at: datetime, *, advice: str) -> Iterator[Finding]:
    day = day_words(timezone.localdate(end), today=timezone.localdate(at))
    if end <= at:
        yield Finding("bad", f"{what} a expiré {day} : {advice}.")
    elif end - at <= ALERT:
        left = (timezone.localdate(end) - timezone.localdate(at)).days
        days = f"dans {left} jours, {day}" if left > 1 else day
        yield Finding("warn", f"{what} expire {days} : {advice}.")


def _declared(provider: EntProvider) -> Iterator[Finding]:
    """What two settings say of one another."""
    if not isinstance(provider, SamlProvider):
        return
    if not provider.relay_state.startswith(f"{settings.SITE_URL}/"):
        yield Finding("warn", f"RELAY_STATE n’est pas une adresse de ce serveur ({settings.SITE_URL}).")
    yield from _pair(provider, "key", "certificate")
    yield from _pair(provider, "next_key", "next_certificate")
    sealed = provider.setting("encryption") not in {"", "off"}
    if sealed and provider.setting("next_certificate") and not provider.setting("next_key"):
        text = (
            "NEXT_CERTIFICATE est publié pour chiffrer, sans NEXT_KEY : rien n’ouvrira ce qui l’est pour lui."
        )
        yield Finding("bad", text)


def _pair(provider: SamlProvider, key: str, certificate: str) -> Iterator[Finding]:
    """A private key and its certificate."""
    if not provider.setting(key) or not provider.setting(certificate):
        return
    names = f"{key.upper()} et {certificate.upper()}"
    try:
        private = serialization.load_pem_private_key(text_of(provider.setting(key)), password=None)
        public = certificate_of(
            text_of(provider.setting(certificate)).decode("ascii", "replace")
        ).public_key()
    except (SettingRefused, ProviderDown, ValueError, TypeError):
        yield Finding("bad", f"{names} : l’un des deux n’est pas un fichier PEM lisible, sans mot de passe.")
        return
    pem = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*pem) != public.public_bytes(*pem):
        yield Finding("bad", f"{names} ne vont pas ensemble : ce certificat est celui d’une autre clé.")


def _refusals(provider: EntProvider) -> Iterator[Finding]:
    for reason in Reason:
        count = cache.get(f"preau.ent.refused.{provider.sub_id}.{reason}")
        if count and reason in LIKELY:
            people = f"{count} arrivées refusées" if count > 1 else "Une arrivée refusée"
            yield Finding("warn", f"{people} depuis hier : {LIKELY[reason]}.")


def libraries() -> Finding | None:
    """What is wrong between lxml and xmlsec, if anything."""
    try:
        library().sign_once()
    except SettingRefused as problem:
        return Finding("bad", typeset(str(problem)))
    except Exception:  # noqa: BLE001 - whatever xmlsec raises, signing does not work
        return Finding("bad", "xmlsec n’arrive pas à signer ce que lxml écrit : réinstallez-les ensemble.")
    return None
