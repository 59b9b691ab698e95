"""SAML's XML schema, read once: python3-saml reads its six files again at each answer, and that costs the most.

The same schema and the same answers; a test holds both against the library's own function.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree
from onelogin.saml2 import xml_utils

LIBRARY = xml_utils.OneLogin_Saml2_XML.validate_xml
_one_at_a_time = Lock()  # the schema keeps the errors of its last document


@lru_cache(maxsize=4)
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(Path(xml_utils.__file__).parent / "schemas" / name))


def validated(xml: Any, schema: str, debug: bool = False) -> Any:
    """As `OneLogin_Saml2_XML.validate_xml`: the document, or what is wrong in one word."""
    try:
        document = xml_utils.OneLogin_Saml2_XML.to_etree(xml)
    except Exception:  # noqa: BLE001 - as the library, whose parser raises what it likes
        return "unloaded_xml"
    with _one_at_a_time:
        return document if _schema(schema).validate(document) else "invalid_xml"


def keep() -> None:
    """From now on python3-saml validates with what was read."""
    xml_utils.OneLogin_Saml2_XML.validate_xml = staticmethod(validated)
