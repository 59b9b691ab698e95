"""The GAR and ENTs by OpenID Connect: code flow with state, nonce and PKCE."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import jwt
from django.http import HttpResponse, HttpResponseRedirect

from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.documents import ask, fetched, is_safe_address, text_of
from preau.accounts.providers.facts import Arrived, arrived
from preau.accounts.providers.refusals import ArrivalRefused, ProviderDown, Reason, SettingRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

# Public-key ones only: with HS256, whoever knows the public key could sign.
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
LEEWAY = 60
WELL_KNOWN = "/.well-known/openid-configuration"


class OidcProvider(EntProvider):
    """An ENT or the GAR as an OpenID provider."""

    id = "oidc"
    name = "OpenID Connect"

    @property
    def usual_uid(self) -> str:  # type: ignore[override]
        """The GAR's own identifier when it is the GAR that answers, else the subject."""
        return "IDO" if self.setting("resource") else "sub"

    def discovery(self) -> dict[str, Any]:
        """What the provider says of itself. Raises SettingRefused or ProviderDown."""
        issuer = self.needed("issuer")
        document = _object(fetched(issuer.rstrip("/").removesuffix(WELL_KNOWN) + WELL_KNOWN))
        if document.get("issuer") != issuer.removesuffix(WELL_KNOWN):
            raise SettingRefused("le fournisseur se présente sous un autre nom que ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(str(document.get(name, ""))):
                raise SettingRefused(f"le fournisseur n’annonce pas d’adresse https pour {name}")
        return document

    def prepare(self) -> None:
        """Read what the provider says of itself, and its keys."""
        self.needed_client()
        keys = _object(fetched(self.discovery()["jwks_uri"])).get("keys")
        if not keys:
            raise SettingRefused("le fournisseur n’annonce aucune clé de signature")

    def needed_client(self) -> str:
        """How the provider knows us. Raises SettingRefused."""
        if not self.app.client_id or self.app.client_id == self.sub_id:
            raise SettingRefused("le réglage CLIENT_ID manque")
        return str(self.app.client_id)

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Ask for a code that only this session can use."""
        discovery, nonce, verifier = self.discovery(), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        asked = {
            "response_type": "code",
            "client_id": self.needed_client(),
            "redirect_uri": self.address("mediacentre_back"),
            "scope": self.setting(
                "scope", "openid scope.gar" if self.setting("resource") else "openid profile"
            ),
            "state": self.stash(request, link=link, nonce=nonce, verifier=verifier),
            "nonce": nonce,
        }
        if "S256" in discovery.get("code_challenge_methods_supported", ["S256"]):
            digest = hashlib.sha256(verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        if self.setting("resource"):
            asked["idRessource"] = self.setting("resource")
        joint = "&" if "?" in discovery["authorization_endpoint"] else "?"
        return HttpResponseRedirect(f"{discovery['authorization_endpoint']}{joint}{urlencode(asked)}")

    def read(self, given: Mapping[str, str], state: Mapping[str, Any]) -> Arrived:
        """Who arrives, from the answer's query and the request it matches. Raises ArrivalRefused or ProviderDown."""
        discovery = self.discovery()
        if given.get("iss", discovery["issuer"]) != discovery["issuer"]:
            raise ArrivalRefused(Reason.ISSUER)
        if "code" not in given or "error" in given:
            raise ArrivalRefused(Reason.STATUS)
        tokens = self._tokens(discovery, given["code"], str(state["verifier"]))
        claims = self._claims(discovery, str(tokens.get("id_token", "")))
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), str(state["nonce"]).encode()):
            raise ArrivalRefused(Reason.NONCE)
        said = self._userinfo(discovery, str(tokens.get("access_token", "")), claims)
        return arrived(_texts({**claims, **said}), self.names)

    def _secret(self) -> str:
        """Ours, or the file that holds it: the admin's table never does."""
        given = str(self.app.secret)
        return text_of(given).decode().strip() if given.startswith("/") else given

    def _tokens(self, discovery: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        client, secret = self.needed_client(), self._secret()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.address("mediacentre_back"),
            "code_verifier": verifier,
        }
        ways = discovery.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = bool(secret) and "client_secret_basic" in ways
        if not basic:
            form |= {"client_id": client, **({"client_secret": secret} if secret else {})}
        sign = _basic(client, secret) if basic else {}
        return _object(ask("POST", discovery["token_endpoint"], data=form, headers=sign)[0])

    def _claims(self, discovery: dict[str, Any], token: str) -> dict[str, Any]:
        """The signed claims of a token made for us, now, by this provider. Raises ArrivalRefused."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "crit" in header:
                raise ArrivalRefused(Reason.ALGORITHM)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(discovery, header),
                algorithms=[header["alg"]],
                audience=self.needed_client(),
                issuer=discovery["issuer"],
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as problem:
            raise ArrivalRefused(_reason(problem)) from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.app.client_id) != self.app.client_id:
            raise ArrivalRefused(Reason.AUDIENCE)
        return claims

    def _key(self, discovery: dict[str, Any], header: dict[str, Any]) -> Any:
        """The key the token names; asked anew once, for a provider that has just changed its key."""
        for again in (False, True):
            keys = _object(fetched(discovery["jwks_uri"], again=again)).get("keys", [])
            found = [
                key
                for key in keys
                if key.get("use", "sig") == "sig"
                and key.get("kty") != "oct"
                and ("kid" not in header or key.get("kid") == header["kid"])
                and key.get("alg", header["alg"]) == header["alg"]
            ]
            if len(found) == 1:
                return jwt.PyJWK(found[0], algorithm=header["alg"]).key
        raise ArrivalRefused(Reason.SIGNATURE)

    def _userinfo(self, discovery: dict[str, Any], token: str, claims: dict[str, Any]) -> dict[str, Any]:
        """What the provider adds, about the same person. Raises ArrivalRefused."""
        address = str(discovery.get("userinfo_endpoint", ""))
        if not address or not token:
            return {}
        body, kind = ask("GET", address, headers={"Authorization": f"Bearer {token}"})
        said = self._signed(discovery, body) if kind.startswith("application/jwt") else _object(body)
        if said.get("sub") != claims["sub"]:
            raise ArrivalRefused(Reason.SUBJECT)
        return said

    def _signed(self, discovery: dict[str, Any], body: bytes) -> dict[str, Any]:
        try:
            token = body.decode("ascii")
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise ArrivalRefused(Reason.ALGORITHM)
            key = self._key(discovery, header)
            said: dict[str, Any] = jwt.decode(
                token, key, algorithms=[header["alg"]], options={"verify_aud": False}, leeway=LEEWAY
            )
        except (jwt.PyJWTError, UnicodeDecodeError):
            raise ArrivalRefused(Reason.SIGNATURE) from None
        return said


def _basic(client: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1: both are form-encoded first, which most libraries forget."""
    pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _reason(problem: jwt.PyJWTError) -> Reason:
    kinds: dict[type[jwt.PyJWTError], Reason] = {
        jwt.InvalidAudienceError: Reason.AUDIENCE,
        jwt.InvalidIssuerError: Reason.ISSUER,
        jwt.ExpiredSignatureError: Reason.CLOCK,
        jwt.ImmatureSignatureError: Reason.CLOCK,
        jwt.InvalidSignatureError: Reason.SIGNATURE,
    }
    return kinds.get(type(problem), Reason.INVALID)


def _object(body: bytes) -> dict[str, Any]:
    """A JSON object; anything else is a provider out of order."""
    try:
        value = json.loads(body)
    except ValueError:
        raise ProviderDown from None
    if not isinstance(value, dict):
        raise ProviderDown
    return value


def _texts(claims: dict[str, Any]) -> dict[str, list[str]]:
    """Claims as lists of texts; anything that is neither text nor list of texts is left out."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in claims.items()}
    return {name: values for name, values in lists.items() if all(isinstance(one, str) for one in values)}
