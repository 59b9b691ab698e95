"""QTI 2.1 (IMS Question and Test Interoperability): one item a file, and a manifest, in an archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker  # type: ignore[import-not-found]

from preau.parcours.exchange.shape import outgoing

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
AFTERWARDS = "pour-progresser"
MADE = (2026, 9, 1, 8, 0, 0)
Told = Mapping[str, Any]
Parts = tuple[etree._Element, etree._Element, etree._Element]
Q: Any = ElementMaker(namespace=QTI, nsmap={None: QTI})
P: Any = ElementMaker(namespace=PACKAGE, nsmap={None: PACKAGE})
Element = etree._Element


def write_qti(items: Mapping[str, Told], *, notice: str = "") -> bytes:
    """A package of these filled items, by id, and their licence; the same items always give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "imsmanifest.xml", _written(_manifest(list(items))))
        for item_id, told in items.items():
            _put(archive, f"items/{item_id}.xml", _written(assessment_item(item_id, told)))
        if notice:
            _put(archive, "LICENCE.txt", notice.encode())
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, date_time=MADE)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _written(tree: etree._Element) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _manifest(names: list[str]) -> etree._Element:
    resources = [
        P.resource(
            P.file(href=f"items/{name}.xml"),
            identifier=f"q-{name}",
            type="imsqti_item_xmlv2p1",
            href=f"items/{name}.xml",
        )
        for name in names
    ]
    metadata = P.metadata(P.schema("QTIv2.1 Package"), P.schemaversion("1.0.0"))
    manifest: Element = P.manifest(
        metadata, P.organizations(), P.resources(*resources), identifier="preau-questions"
    )
    return manifest


def assessment_item(item_id: str, told: Told) -> etree._Element:
    """One question with its right response, its score, and its explanation, which is always shown afterwards."""
    declaration, interaction, processing = WRITERS[told["kind"]](told)
    paragraphs, prompt = outgoing(told)
    body = Q.itemBody(*map(Q.p, paragraphs))
    if told.get("code"):
        body.append(Q.pre(told["code"]))
    if told.get("table"):
        body.append(Q.table(Q.tbody(*(Q.tr(*(Q.td(str(c)) for c in row)) for row in told["table"]))))
    if interaction.tag == f"{{{QTI}}}textEntryInteraction":
        body.append(Q.p(prompt))
        body.append(Q.p(interaction))
    else:
        interaction.insert(0, Q.prompt(prompt))
        body.append(interaction)
    score = Q.outcomeDeclaration(
        Q.defaultValue(Q.value("0")), identifier="SCORE", cardinality="single", baseType="float"
    )
    said = _said_afterwards(told.get("explanation", ""))
    item: Element = Q.assessmentItem(
        declaration, score, *said[:1], body, processing, *said[1:],
        identifier=f"q-{item_id}", title=told["prompt"][:120], adaptive="false", timeDependent="false",
    )  # fmt: skip
    item.set("{http://www.w3.org/XML/1998/namespace}lang", "fr")
    return item


def _said_afterwards(explanation: str) -> list[etree._Element]:
    """The outcome that shows the explanation, and the explanation; nothing when there is none."""
    if not explanation:
        return []
    outcome = Q.outcomeDeclaration(
        Q.defaultValue(Q.value(AFTERWARDS)),
        identifier="FEEDBACK",
        cardinality="single",
        baseType="identifier",
    )
    shown = Q.modalFeedback(explanation, outcomeIdentifier="FEEDBACK", identifier=AFTERWARDS, showHide="show")
    return [outcome, shown]


def _declaration(values: list[str], *, cardinality: str, base: str) -> etree._Element:
    right = Q.correctResponse(*(Q.value(value) for value in values))
    made: Element = Q.responseDeclaration(
        right, identifier="RESPONSE", cardinality=cardinality, baseType=base
    )
    return made


def _by_template(name: str) -> etree._Element:
    made: Element = Q.responseProcessing(template=TEMPLATES + name)
    return made


def _choice(told: Told) -> Parts:
    several = told["kind"] == "multiple"
    right = list(told["right"]) if several else [told["right"]]
    labels = sorted([*right, *told["wrong"]])  # by name: the right ones do not come first
    names = {label: f"C{place}" for place, label in enumerate(labels, start=1)}
    interaction = Q.choiceInteraction(
        *(Q.simpleChoice(str(label), identifier=name) for label, name in names.items()),
        responseIdentifier="RESPONSE", shuffle="true", maxChoices="0" if several else "1",
    )  # fmt: skip
    cardinality = "multiple" if several else "single"
    values = [names[label] for label in right]
    return (
        _declaration(values, cardinality=cardinality, base="identifier"),
        interaction,
        _by_template("match_correct"),
    )


def _text(told: Told) -> Parts:
    answers = [str(one) for one in told["answers"]]
    declaration = _declaration(answers[:1], cardinality="single", base="string")
    entries = [
        Q.mapEntry(mapKey=one, mappedValue="1", caseSensitive="false") for one in dict.fromkeys(answers)
    ]
    declaration.append(Q.mapping(*entries, defaultValue="0"))
    return (
        declaration,
        Q.textEntryInteraction(responseIdentifier="RESPONSE", expectedLength="40"),
        _by_template("map_response"),
    )


def _number(told: Told) -> Parts:
    declaration = _declaration([str(told["answer"])], cardinality="single", base="float")
    same = Q.equal(
        Q.variable(identifier="RESPONSE"), Q.correct(identifier="RESPONSE"),
        toleranceMode="absolute", tolerance=f"{told.get('tolerance', 0)} {told.get('tolerance', 0)}",
    )  # fmt: skip
    scored = Q.setOutcomeValue(Q.baseValue("1", baseType="float"), identifier="SCORE")
    processing = Q.responseProcessing(Q.responseCondition(Q.responseIf(same, scored)))
    return declaration, Q.textEntryInteraction(responseIdentifier="RESPONSE", expectedLength="12"), processing


def _order(told: Told) -> Parts:
    names = {step: f"S{place}" for place, step in enumerate(sorted(told["steps"]), start=1)}
    interaction = Q.orderInteraction(
        *(Q.simpleChoice(step, identifier=name) for step, name in names.items()),
        responseIdentifier="RESPONSE", shuffle="true",
    )  # fmt: skip
    values = [names[step] for step in told["steps"]]
    return (
        _declaration(values, cardinality="ordered", base="identifier"),
        interaction,
        _by_template("match_correct"),
    )


def _match(told: Told) -> Parts:
    rights = sorted({*(right for _, right in told["pairs"]), *told.get("extras", ())})
    names = {right: f"R{place}" for place, right in enumerate(rights, start=1)}
    lefts = [left for left, _ in told["pairs"]]
    many = str(len(lefts))
    left = [
        Q.simpleAssociableChoice(one, identifier=f"L{n}", matchMax="1")
        for n, one in enumerate(lefts, start=1)
    ]
    right = [Q.simpleAssociableChoice(one, identifier=name, matchMax=many) for one, name in names.items()]
    interaction = Q.matchInteraction(
        Q.simpleMatchSet(*left), Q.simpleMatchSet(*right),
        responseIdentifier="RESPONSE", shuffle="true", maxAssociations=many,
    )  # fmt: skip
    values = [f"L{n} {names[right]}" for n, (_, right) in enumerate(told["pairs"], start=1)]
    return (
        _declaration(values, cardinality="multiple", base="directedPair"),
        interaction,
        _by_template("match_correct"),
    )


WRITERS: dict[str, Callable[[Told], Parts]] = {
    "single": _choice, "multiple": _choice, "text": _text, "number": _number, "order": _order, "match": _match,
}  # fmt: skip
