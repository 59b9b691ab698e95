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

from preau.accounts.providers.asking import ask, is_safe_address, tell
from preau.accounts.providers.base import EntProvider
from preau.accounts.providers.documents import fetched, text_of
from preau.accounts.providers.facts import Arrived, arrived
from preau.accounts.providers.refusals import ArrivalRefused, ProviderDown, Reason, SettingRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

# Public-key ones only: with HS256, whoever knows the public key could sign.
ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
LEEWAY = 60
WELL_KNOWN = "/.well-known/openid-configuration"
# What the libraries raise on a token, a key or a document that somebody made to be hard to read.
ODD = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


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
        return self.read_discovery(fetched(self.discovery_address, good=self.read_discovery))

    @property
    def discovery_address(self) -> str:
        """Where it says so. Raises SettingRefused."""
        return self.needed("issuer").rstrip("/").removesuffix(WELL_KNOWN) + WELL_KNOWN

    def read_discovery(self, body: bytes) -> dict[str, Any]:
        """The document, once it is known to be this provider's. Raises SettingRefused or ProviderDown."""
        document, issuer = _object(body), self.needed("issuer").removesuffix(WELL_KNOWN)
        if document.get("issuer") != issuer:
            raise SettingRefused("le fournisseur se présente sous un autre nom que ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(str(document.get(name, ""))):
                raise SettingRefused(f"le fournisseur n’annonce pas d’adresse https pour {name}")
        return document

    def prepare(self) -> None:
        """Read what the provider says of itself, and its keys."""
        self.needed_client()
        if not self._keys(self.discovery()):
            raise SettingRefused("le fournisseur n’annonce aucune clé de signature")

    def needed_client(self) -> str:
        """How the provider knows us. Raises SettingRefused."""
        if not self.app.client_id or self.app.client_id == self.sub_id:
            raise SettingRefused("le réglage CLIENT_ID manque")
        return str(self.app.client_id)

    def start(self, request: HttpRequest, *, link: bool) -> HttpResponse:
        """Ask for a code that only this session can use."""
        discovery, nonce, verifier = self.discovery(), secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        # Who does not say how it takes a challenge takes one or leaves it; who says otherwise is not given the answer.
        if "S256" not in _names(discovery, "code_challenge_methods_supported", "S256"):
            verifier = ""
        state = self.stash(request, link=link, nonce=nonce, verifier=verifier)
        return HttpResponseRedirect(self._request(discovery, state=state, nonce=nonce, verifier=verifier))

    def _request(self, discovery: dict[str, Any], *, verifier: str, **more: str) -> str:
        usual = "openid scope.gar" if self.setting("resource") else "openid profile"
        asked = {
            "response_type": "code",
            "client_id": self.needed_client(),
            "redirect_uri": self.address("mediacentre_back"),
            "scope": self.setting("scope", usual),
            **more,
        }
        if verifier:
            digest = hashlib.sha256(verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        if self.setting("resource"):
            asked["idRessource"] = self.setting("resource")
        joint = "&" if "?" in discovery["authorization_endpoint"] else "?"
        return f"{discovery['authorization_endpoint']}{joint}{urlencode(asked)}"

    def silent_request(self) -> str:
        """The address of a sign-in that may ask nobody anything, and that nobody's session waits for."""
        verifier = secrets.token_urlsafe(48)
        return self._request(self.discovery(), state="essai", nonce="essai", prompt="none", verifier=verifier)

    def error_for_no_code(self) -> str:
        """What the provider says to a code nobody has, asked as we ask. Raises SettingRefused or ProviderDown."""
        discovery = self.discovery()
        form, sign = self._token_request(discovery, "essai", secrets.token_urlsafe(48))
        said = _object(tell("POST", discovery["token_endpoint"], data=form, headers=sign)[1])
        return str(said.get("error", ""))

    def read(self, given: Mapping[str, str], state: Mapping[str, Any]) -> Arrived:
        """Who arrives, from the answer's query and the request it matches. Raises ArrivalRefused or ProviderDown."""
        discovery = self.discovery()
        says_who = discovery.get("authorization_response_iss_parameter_supported") is True
        if given.get("iss", "" if says_who else discovery["issuer"]) != discovery["issuer"]:
            raise ArrivalRefused(Reason.ISSUER)
        if "code" not in given or "error" in given:
            raise ArrivalRefused(Reason.STATUS)
        tokens = self._tokens(discovery, given["code"], str(state["verifier"]))
        access = str(tokens.get("access_token", ""))
        claims = self._claims(discovery, str(tokens.get("id_token", "")), access)
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), str(state["nonce"]).encode()):
            raise ArrivalRefused(Reason.NONCE)
        said = self._userinfo(discovery, access, claims)
        return arrived(_texts({**claims, **said}), self.names)

    def _secret(self) -> str:
        """Ours, or the file that holds it: the admin's table never does."""
        given = str(self.app.secret)
        return text_of(given).decode().strip() if given.startswith("/") else given

    def _tokens(self, discovery: dict[str, Any], code: str, verifier: str) -> dict[str, Any]:
        form, sign = self._token_request(discovery, code, verifier)
        return _object(ask("POST", discovery["token_endpoint"], data=form, headers=sign)[0])

    def _token_request(
        self, discovery: dict[str, Any], code: str, verifier: str
    ) -> tuple[dict[str, str], dict[str, str]]:
        client, secret = self.needed_client(), self._secret()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.address("mediacentre_back"),
            **({"code_verifier": verifier} if verifier else {}),
        }
        ways = _names(discovery, "token_endpoint_auth_methods_supported", "client_secret_basic")
        basic = bool(secret) and "client_secret_basic" in ways
        if not basic:
            form |= {"client_id": client, **({"client_secret": secret} if secret else {})}
        return form, _basic(client, secret) if basic else {}

    def _claims(self, discovery: dict[str, Any], token: str, access: str) -> dict[str, Any]:
        """The signed claims of a token made for us, now, by this provider. Raises ArrivalRefused."""
        claims, alg = self._verified(discovery, token, require=["exp", "iat", "iss", "aud", "sub"])
        if access and claims.get("at_hash", digest := _half_hash(access, alg)) != digest:
            raise ArrivalRefused(Reason.SIGNATURE)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self.app.client_id) != self.app.client_id:
            raise ArrivalRefused(Reason.AUDIENCE)
        return claims

    def _verified(
        self, discovery: dict[str, Any], token: str, *, require: list[str]
    ) -> tuple[dict[str, Any], str]:
        """What this provider signed for us, and how; `require` must be there, audience and issuer right if they are."""
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or "crit" in header:
                raise ArrivalRefused(Reason.ALGORITHM)
            claims: dict[str, Any] = jwt.decode(
                token,
                self._key(discovery, header),
                algorithms=[header["alg"]],
                leeway=LEEWAY,
                options={"require": require, "verify_aud": False, "verify_iss": False},
            )
            # Said here, for what is signed and need not name anybody: an answer of userinfo.
            if claims.get("iss", discovery["issuer"]) != discovery["issuer"]:
                raise ArrivalRefused(Reason.ISSUER)
            audience = claims.get("aud", self.needed_client())
            if self.needed_client() not in (audience if isinstance(audience, list) else [audience]):
                raise ArrivalRefused(Reason.AUDIENCE)
        except ODD as problem:
            raise ArrivalRefused(_reason(problem)) from None
        return claims, str(header["alg"])

    def _keys(self, discovery: dict[str, Any], *, again: bool = False) -> list[dict[str, Any]]:
        """The provider's keys, whatever they are for. Raises ProviderDown."""

        def read(body: bytes) -> list[dict[str, Any]]:
            keys = _object(body).get("keys")
            if not isinstance(keys, list):
                raise ProviderDown("le document des clés n’en a pas")
            return [key for key in keys if isinstance(key, dict)]

        return read(fetched(discovery["jwks_uri"], again=again, good=read))

    def _key(self, discovery: dict[str, Any], header: dict[str, Any]) -> Any:
        """The key the token names; asked anew once, for a provider that has just changed its key."""
        for again in (False, True):
            found = [
                key
                for key in self._keys(discovery, again=again)
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
        if kind.startswith("application/jwt"):
            said = self._verified(discovery, body.decode("ascii", "replace"), require=["sub"])[0]
        else:
            said = _object(body)
        if said.get("sub") != claims["sub"]:
            raise ArrivalRefused(Reason.SUBJECT)
        return said


def _basic(client: str, secret: str) -> dict[str, str]:
    """RFC 6749 §2.3.1: both are form-encoded first, which most libraries forget."""
    pair = f"{quote_plus(client)}:{quote_plus(secret)}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _half_hash(token: str, algorithm: str) -> str:
    """OpenID Connect Core §3.1.3.6: the token that comes with these claims, and no other."""
    digest = jwt.algorithms.get_default_algorithms()[algorithm].compute_hash_digest(token.encode())
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _reason(problem: Exception) -> Reason:
    kinds: dict[type[Exception], Reason] = {
        jwt.ExpiredSignatureError: Reason.CLOCK,
        jwt.ImmatureSignatureError: Reason.CLOCK,
        jwt.InvalidSignatureError: Reason.SIGNATURE,
    }
    return kinds.get(type(problem), Reason.INVALID)


def _object(body: bytes) -> dict[str, Any]:
    """A JSON object; anything else is a provider out of order."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderDown("une réponse n’est pas du JSON") from None
    if not isinstance(value, dict):
        raise ProviderDown("une réponse n’est pas un objet JSON")
    return value


def _names(document: dict[str, Any], name: str, usual: str) -> list[str]:
    """The names a provider lists, or the usual one when it lists none."""
    value = document.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else [usual]


def _texts(claims: dict[str, Any]) -> dict[str, list[str]]:
    """Claims as lists of texts; anything that is neither text nor list of texts is left out."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in claims.items()}
    return {name: values for name, values in lists.items() if all(isinstance(one, str) for one in values)}
