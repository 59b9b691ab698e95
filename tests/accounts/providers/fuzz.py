"""Mutations of what a provider brings back: a signed response at the ACS, the addresses of CAS and OpenID Connect.

Whatever comes, the answer is a French page of refusal with the other ways in: never a fault, never somebody signed in,
never an identity that waits. Hypothesis draws the cases, or a seed does when they run for long (test_fuzz.py).
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, urlencode

from lxml import etree

from tests.accounts.providers import gar
from tests.accounts.providers.gar import NAMES

ACS = "/mediacentre/mediacentre/acs/"
BITS = [
    b"", b"<!---->", b"<!-- -->", b"<?x y?>", b"&#65;", b"&#0;", b"&a;", b"<x/>", b"<![CDATA[a]]>", b"]]>", b" ", b"\n",
    b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b"'", b"<", b">", b"/>", b"<a>" * 300, b"A" * 5000, "é’\u202e".encode(),
    b' xmlns:saml="urn:x"', b' ID="_x"', b' xmlns="urn:oasis:names:tc:SAML:2.0:assertion"', b"http://evil.example/",
]  # fmt: skip
DOCTYPES = [
    b'<!DOCTYPE a [<!ENTITY a "b">]>',
    b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
    b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>',
    b'<!DOCTYPE a [<!ATTLIST saml:Assertion ID CDATA "_x">]>',
]
ENCODINGS = [
    "utf-16",
    "utf-16-le",
    "utf-32",
    "utf-7",
    "latin-1",
    "cp037",
    "ascii",
    "iso2022_jp",
    "gb18030",
    "hex",
    "rot13",
    "x",
]

Case = tuple[bytes, str]  # the body of a POST, its type


def bytes_changed(draw: random.Random, tree: etree._Element) -> bytes:
    """A few pieces of the document taken away, doubled, turned round or replaced."""
    document = bytearray(etree.tostring(tree))
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(document) or 1)
        to = min(len(document), at + draw.choice([0, 1, 2, 8, 60, 900]))
        piece = bytes(document[at:to])
        document[at:to] = draw.choice([*BITS, piece * 2, piece[::-1], piece.upper(), draw.randbytes(4)])
    return bytes(document)


def bit_flipped(draw: random.Random, tree: etree._Element) -> bytes:
    """One bit."""
    document = bytearray(etree.tostring(tree))
    document[draw.randrange(len(document))] ^= 1 << draw.randrange(8)
    return bytes(document)


def moved(draw: random.Random, tree: etree._Element) -> bytes:
    """Elements moved, copied, wrapped, renamed or emptied."""
    for _ in range(draw.randint(1, 3)):
        nodes = [node for node in tree.iter() if isinstance(node.tag, str)]
        one, other = draw.choice(nodes), draw.choice(nodes)
        deed = draw.randrange(7)
        if deed == 0 and one is not tree and other not in list(one.iter()):
            other.insert(draw.randint(0, len(other)), one)
        elif deed == 1:
            other.insert(draw.randint(0, len(other)), gar.copy(one))
        elif deed == 2 and one.getparent() is not None:
            one.getparent().remove(one)
        elif deed == 3:
            one.tag = draw.choice([other.tag, "x", f"{{urn:x}}{etree.QName(one).localname}"])
        elif deed == 4:
            one.text = draw.choice(["", "x" * 3000, other.text or "", "é\u202e", gar.IDO])
        elif deed == 5 and one.attrib:
            name = draw.choice(list(one.attrib))
            one.set(
                name, draw.choice(["", "x", other.get(name) or "1", "é" * 200, "2999-01-01T00:00:00Z", "-1"])
            )
        else:
            for child in list(one):
                one.remove(child)
    return etree.tostring(tree)


def other_uid(draw: random.Random, tree: etree._Element) -> bytes:
    """Another identity in the attribute, its signature as it was or copied about."""
    for value in tree.iterfind(".//saml:Attribute[@Name='IDO']/saml:AttributeValue", NAMES):
        value.text = draw.choice(["ee" * 64, gar.IDO.upper(), gar.IDO + "0", f"{gar.IDO} ", ""])
    return moved(draw, tree) if draw.random() < 0.5 else etree.tostring(tree)


def huge(draw: random.Random, tree: etree._Element) -> bytes:
    """Wide, deep, or long to read."""
    kind = draw.randrange(4)
    if kind == 0:
        return b"<a>" * draw.choice([200, 300, 20_000]) + etree.tostring(tree)
    place = tree.find("saml:Assertion", NAMES)
    if kind == 1:
        for _ in range(2000):
            etree.SubElement(place, "x")
    elif kind == 2:
        for rank in range(800):
            place.set(f"a{rank}", "x" * 20)
    else:
        deep = place
        for _ in range(draw.choice([100, 240, 400])):
            deep = etree.SubElement(deep, "x")
    return etree.tostring(tree)


def typed(draw: random.Random, tree: etree._Element) -> bytes:
    """A document type, in front or further."""
    document = etree.tostring(tree)
    return draw.choice([b"", b"<?xml version='1.0'?>", b"\n", b"<!--a-->"]) + draw.choice(DOCTYPES) + document


def encoded(draw: random.Random, tree: etree._Element) -> bytes:
    """Another encoding than it says, or one nobody reads."""
    text, name = etree.tostring(tree, encoding="unicode"), draw.choice(ENCODINGS)
    head = f'<?xml version="1.0" encoding="{draw.choice([name, "utf-8", "utf-16", "UTF-7"])}"?>'
    try:
        return (head + text).encode(name)
    except (LookupError, UnicodeError):
        return (head + text).encode()


DOCUMENTS: list[Callable[[random.Random, etree._Element], bytes]] = [
    bytes_changed, bytes_changed, bit_flipped, moved, moved, other_uid, huge, typed, encoded,
]  # fmt: skip


def saml_case(draw: random.Random, answer: gar.Answer) -> Case:
    """One hostile POST at the ACS, from a genuine answer to a genuine request."""
    tree = answer.tree()
    # Two in three keep the form; the rest spoil what carries the document.
    document = draw.choice(DOCUMENTS)(draw, tree) if draw.random() < 0.8 else etree.tostring(tree)
    posted = base64.b64encode(document).decode()
    spoilt = draw.randrange(9) if draw.random() < 0.35 or document == etree.tostring(tree) else 9
    kind = gar.FORM
    if spoilt == 0:
        posted = posted[: draw.randrange(len(posted))]
    elif spoilt == 1:
        at = draw.randrange(len(posted))
        posted = (
            posted[:at] + draw.choice(["=", "é", "\x00", "-", "_", "%", "\ud7ff", "=" * 40]) + posted[at:]
        )
    elif spoilt == 2:
        posted = base64.b64encode(posted.encode()).decode()
    elif spoilt == 3:
        posted = posted + "A" * draw.choice([10, 300_000])
    body = urlencode({"SAMLResponse": posted, "RelayState": draw.choice(["", "//evil.example", "x" * 9000])})
    if spoilt == 4:
        body = draw.choice(
            [
                "",
                "&" * 6000,
                "SAMLResponse",
                "samlresponse=" + posted,
                body + "&" + body,
                body.replace("=", "%3D", 1),
            ]
        )
    elif spoilt == 5:
        kind = draw.choice(
            [
                "text/xml",
                "application/json",
                "multipart/form-data",
                "multipart/form-data; boundary=x",
                "",
                "é",
            ]
        )
    elif spoilt == 6:
        kind = f"{gar.FORM}; charset={draw.choice(ENCODINGS)}"
    elif spoilt == 7:
        return draw.randbytes(draw.choice([0, 1, 300])) + body.encode(), kind
    elif spoilt == 8:
        return "&".join(f"x{rank}=1" for rank in range(draw.choice([10, 6000]))).encode(), kind
    return body.encode(), kind


WORDS = [
    "", "x", "ST-1", "PT-1", "ST-" + "x" * 300, "ST-1&service=https://evil.example/", "../", "//evil.example", "%00",
    "\x00", "é", "\u202e", "'\" OR 1=1", "{{7*7}}", "<script>", "0", "-1", "1e999", "[]", "null", "A" * 3000, "https://evil.example",
]  # fmt: skip


def back_query(draw: random.Random, genuine: dict[str, str]) -> str:
    """One hostile return from CAS or OpenID Connect: the genuine query, changed, doubled, cut or filled with words."""
    pairs = list(genuine.items())
    for _ in range(draw.randint(1, 4)):
        deed, name = (
            draw.randrange(6),
            draw.choice([*genuine, "code", "ticket", "state", "iss", "error", "id_token", "pgtId"]),
        )
        at = draw.randrange(len(pairs)) if pairs else 0
        if deed == 0 and pairs:
            pairs.pop(at)
        elif deed == 1 and pairs:
            text = pairs[at][1]
            cut = draw.randrange(len(text) + 1)
            pairs[at] = (
                pairs[at][0],
                draw.choice([text[:cut], text[cut:], text.upper(), text + text, text[::-1], text + " "]),
            )
        elif deed == 2 and pairs:
            pairs[at] = (pairs[at][0], draw.choice(WORDS))
        elif deed == 3:
            pairs.insert(at, (name, draw.choice(WORDS)))
        elif deed == 4 and pairs:
            pairs.append(pairs[at])
        else:
            pairs.append((f"{name}[]", draw.choice(WORDS)))
    query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return draw.choice(
        [query, query, query, query.replace("%", "%%"), query + "&%ff=%fe", query.replace("=", "")]
    )


ANSWERS = ("/.well-known/openid-configuration", "/jwks", "/token", "/userinfo")
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1e308, float("inf"), "", "x", "é" * 300, [], [None], [[]], {}, {"a": {}}, "http://evil.example/",
]  # fmt: skip


def answer_case(draw: random.Random, ent: Any, path: str) -> bytes:
    """What the provider would honestly answer there, its values changed for odd ones, or its bytes spoilt."""
    asked = {"code": "c"}
    honest = json.loads(ent.honestly(path, asked)) if path in ANSWERS else {}
    for _ in range(draw.randint(1, 3)):
        place = honest
        while draw.random() < 0.5:
            inner = [
                one
                for one in (place.values() if isinstance(place, dict) else place)
                if isinstance(one, dict | list) and one
            ]
            if not inner:
                break
            place = draw.choice(inner)
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            continue
        key = draw.choice(keys)
        if path == "/token" and key == "id_token" and draw.random() < 0.7:
            place[key] = token_case(draw, str(place[key]))
        else:
            place[key] = draw.choice(ODD)
    document = bytearray(json.dumps(honest).encode())
    if draw.random() < 0.3:
        at = draw.randrange(len(document))
        document[at : at + draw.choice([0, 1, 20])] = draw.choice(
            [b"", b"\xff", b"[" * 3000, b"\x00", b'"', b"}", b"1e9999"]
        )
    return bytes(document)


def token_case(draw: random.Random, token: str) -> str:
    """A token whose header, claims or signature changed."""
    parts = token.split(".")
    which = draw.randrange(len(parts))
    if which < 2:
        said = json.loads(base64.urlsafe_b64decode(parts[which] + "=="))
        said[draw.choice([*said, "crit", "jku", "x5u", "jwk", "zip", "nbf"])] = draw.choice(
            [*ODD, "none", "HS256", ["RS256"]]
        )
        parts[which] = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
    else:
        parts[which] = draw.choice(["", "A" * 8, parts[which][:-4], parts[which][::-1], "é"])
    return draw.choice([".".join(parts)] * 4 + [".".join(parts[:2]), ".".join(parts) + ".x", f" {token}", ""])


def must_be_refused(response: Any, page: Any) -> None:
    """Raises AssertionError unless this is a clean refusal that changed nothing."""
    assert response.status_code in {400, 403, 503}, response.status_code
    shown = response.content.decode()
    # An ENT that says another profile than before is a matter for an adult.
    assert "J’ai une carte" in shown or "Montre cet écran à un adulte" in shown, "no other way in"
    assert '<html lang="fr"' in shown, "not our page"
    assert gar.IDO not in shown, "it quotes what came"
    kept = page.session
    assert kept.get("_auth_user_id") is None, "somebody is in"
    assert "identity" not in kept, "an identity waits"
