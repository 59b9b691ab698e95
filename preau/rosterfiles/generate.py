"""A SIECLE export of a school that does not exist, as large as one likes.

Shapes of the ministry's functional specification of the XML exports (v17.4): one zip holding
`ElevesSansAdresses.xml`, in ISO-8859-15, some 2.5 KB per pupil. No real export may be published, so
fixtures, demonstrations and benchmarks all come from here.
"""

import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, NotRequired, TypedDict, Unpack
from xml.sax.saxutils import escape

from preau.rosterfiles.generate_oddities import all_pupils
from preau.rosterfiles.generate_pupils import InventedPupil, Recipe, SchoolKind, french_date

ARCHIVE_NAME = "ExportXML_ElevesSansAdresses.zip"
XML_NAME = "ElevesSansAdresses.xml"

_ENCODING = "iso-8859-15"
_HELD_IN_MEMORY = 1_000_000


class RosterWish(TypedDict):
    """The keywords of a file: see `Recipe`, which gives the rest their defaults."""

    pupils: int
    seed: int
    school_year: int
    exported_at: datetime
    uai: NotRequired[str]
    oddities: NotRequired[bool]
    kind: NotRequired[SchoolKind]
    changes: NotRequired[float]
    change_seed: NotRequired[int]


def generate_roster(**wish: Unpack[RosterWish]) -> bytes:
    """The zip of an export, in memory: the same wish gives the same bytes.

    A wish with `changes=0.05, change_seed=1` is a later file of the same school: of the pupils
    changed, by fifths, some are in another class, corrected, marked as leaving the day before, gone,
    or gone and replaced by a newcomer. Raises ValueError for an impossible wish.
    """
    out = BytesIO()
    write_roster_zip(out, **wish)
    return out.getvalue()


def write_roster_zip(out: IO[bytes], **wish: Unpack[RosterWish]) -> None:
    """Write the zip of an export without holding it. Raises ValueError, before writing anything."""
    stamp = Recipe(**wish).exported_at
    entry = zipfile.ZipInfo(XML_NAME, date_time=(max(stamp.year, 1980), *stamp.timetuple()[1:6]))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with (
        zipfile.ZipFile(out, "w", compression=zipfile.ZIP_DEFLATED) as archive,
        archive.open(entry, "w", force_zip64=wish["pupils"] > 500_000) as member,
    ):
        write_roster_xml(member, **wish)


def write_roster_xml(out: IO[bytes], **wish: Unpack[RosterWish]) -> None:
    """Write the bare XML of an export, pupil by pupil. Raises ValueError, before writing anything.

    Letters unknown to ISO-8859-15 become « ? », as they do in SIECLE; only `oddities` bring any.
    """
    recipe = Recipe(**wish)
    _write(out, _head(recipe))
    # What SIECLE puts after ELEVES waits aside, so that nobody is drawn twice nor kept.
    with (
        SpooledTemporaryFile(_HELD_IN_MEMORY) as options,
        SpooledTemporaryFile(_HELD_IN_MEMORY) as structures,
        SpooledTemporaryFile(_HELD_IN_MEMORY) as grants,
    ):
        for pupil in all_pupils(recipe):
            elenoet = f"{pupil.slot % 90_000 + 1_000}"
            _write(out, "".join(_pupil(pupil, recipe, elenoet)))
            _write(options, _options(pupil, elenoet))
            _write(structures, "".join(_structures(pupil, elenoet)))
            if pupil.grant:
                _write(grants, _grant(pupil, elenoet))
        _write(out, "    </ELEVES>\n")
        for tag, waiting in (("OPTIONS", options), ("STRUCTURES", structures), ("BOURSES", grants)):
            waiting.seek(0)
            _write(out, f"    <{tag}>\n")
            copyfileobj(waiting, out)
            _write(out, f"    </{tag}>\n")
    _write(out, "    <ADRESSES/>\n  </DONNEES>\n</BEE_ELEVES>\n")


def _write(out: IO[bytes], text: str) -> None:
    out.write(text.encode(_ENCODING, errors="replace"))


def _head(recipe: Recipe) -> str:
    stamp = recipe.exported_at
    day = french_date(stamp.date())
    return (
        '<?xml version="1.0" encoding="ISO-8859-15"?>\n'
        '<BEE_ELEVES VERSION="3.0">\n'
        "  <PARAMETRES>\n"
        f"    <UAJ>{recipe.uai}</UAJ>\n"
        f"    <ANNEE_SCOLAIRE>{recipe.school_year}</ANNEE_SCOLAIRE>\n"
        f"    <DATE_EXPORT>{day}</DATE_EXPORT>\n"
        f"    <HORODATAGE>{day} {stamp:%H:%M:%S}</HORODATAGE>\n"
        "  </PARAMETRES>\n"
        "  <DONNEES>\n"
        "    <ELEVES>\n"
    )


def _tag(name: str, value: str | None, indent: str = "        ") -> str:
    """One line, self-closed when empty; nothing at all when SIECLE would leave the tag out."""
    if value is None:
        return ""
    return f"{indent}<{name}>{escape(value)}</{name}>\n" if value else f"{indent}<{name}/>\n"


def _pupil(pupil: InventedPupil, recipe: Recipe, elenoet: str) -> Iterator[str]:
    yield f'      <ELEVE ELEVE_ID="{pupil.sid}" ELENOET="{elenoet}">\n'
    yield _tag("ID_NATIONAL", pupil.ine)
    yield _tag("ELENOET", elenoet)
    yield _tag("ID_ELEVE_ETAB", f"{elenoet:0>5}{recipe.uai[1:-1]}")
    yield _tag("ID_PRV_ELE", "")
    yield _tag("INE_BEA", pupil.ine_bea)
    yield _tag("INE_RNIE", pupil.ine_rnie)
    yield from _civil_status(pupil)
    yield _tag("CODE_MEF", pupil.level.mef)
    yield _tag("CODE_STATUT", pupil.status)
    yield _tag("CODE_REGIME", str(pupil.slot % 3))
    yield _tag("CODE_PROVENANCE", "8")
    yield _tag("DATE_ENTREE", french_date(pupil.entered))
    yield _tag("DATE_SORTIE", french_date(pupil.left) if pupil.left else None)
    yield _tag("CODE_MOTIF_SORTIE", "10" if pupil.left else None)
    yield _tag("DATE_MODIFICATION", f"{1 + pupil.slot % 28:02d}/06/{recipe.school_year}")
    yield _tag("DOUBLEMENT", "1" if pupil.repeats else "0")
    yield from _contacts(pupil)
    yield from _last_year(pupil)
    yield "      </ELEVE>\n"


def _civil_status(pupil: InventedPupil) -> Iterator[str]:
    yield _tag("NOM_DE_FAMILLE", pupil.surname)
    yield _tag("NOM_USAGE", pupil.usage_name)
    for tag, given_name in zip(("PRENOM", "PRENOM2", "PRENOM3"), pupil.given_names, strict=False):
        yield _tag(tag, given_name)
    yield _tag("CODE_SEXE", pupil.sex)
    yield _tag("DATE_NAISS", pupil.born)
    yield _tag("CODE_PAYS", pupil.country)
    yield _tag("CODE_DEPARTEMENT_NAISS", pupil.department)
    yield _tag("CODE_COMMUNE_INSEE_NAISS", pupil.commune)
    yield _tag("VILLE_NAISS", pupil.town)
    yield _tag("CODE_PAYS_NAT", "100" if pupil.slot % 20 else pupil.country)


def _contacts(pupil: InventedPupil) -> Iterator[str]:
    """Numbers and addresses that the regulator keeps for fiction: readers must be seen to drop them."""
    number = f"{pupil.slot % 10_000:04d}"
    yield _tag("ACCEPTE_SMS", "1")
    yield _tag("ADHESION_TRANSPORT", "0")
    yield _tag("MEL", f"eleve{pupil.slot}@famille.example")
    yield _tag("TEL_PERSONNEL", f"019900{number}")
    yield _tag("TEL_PORTABLE", f"063998{number}")
    yield _tag("TEL_PROFESSIONNEL", "")
    yield _tag("ADRESSE_ID", "")


def _last_year(pupil: InventedPupil) -> Iterator[str]:
    """The block whose CODE_MEF and CODE_STRUCTURE are last year's: a trap for readers in a hurry."""
    yield "        <SCOLARITE_AN_DERNIER>\n"
    for name, value in (
        ("CODE_STRUCTURE", pupil.last_class),
        ("CODE_MEF", pupil.last_mef),
        ("CODE_RNE", "0999002X"),
        ("SIGLE", ""),
        ("DENOM_PRINC", "ETABLISSEMENT SCOLAIRE"),
        ("DENOM_COMPL", "DES MARRONNIERS"),
        ("LIGNE1_ADRESSE", "1 PLACE DE LA MAIRIE"),
        ("LIGNE2_ADRESSE", ""),
        ("BOITE_POSTALE", ""),
        ("MEL", "secretariat@ecole.example"),
        ("TELEPHONE", "0199000000"),
        ("CODE_COMMUNE_INSEE", "99001"),
        ("LL_COMMUNE_INSEE", "VILLENEUVE"),
    ):
        yield _tag(name, value, "          ")
    yield "        </SCOLARITE_AN_DERNIER>\n"


def _options(pupil: InventedPupil, elenoet: str) -> str:
    choices = "".join(
        f"        <OPTIONS_ELEVE><NUM_OPTION>{number}</NUM_OPTION>"
        f"<CODE_MODALITE_ELECT>{modality}</CODE_MODALITE_ELECT>"
        f"<CODE_MATIERE>{subject}</CODE_MATIERE></OPTIONS_ELEVE>\n"
        for number, modality, subject in ((1, "O", "030201"), (2, "O", pupil.language), (3, "F", "020300"))
    )
    return f'      <OPTION ELEVE_ID="{pupil.sid}" ELENOET="{elenoet}">\n{choices}      </OPTION>\n'


def _structures(pupil: InventedPupil, elenoet: str) -> Iterator[str]:
    kinds = (
        *((code, "D") for code in pupil.divisions),
        *((code, "G") for code in pupil.groups),
        *pupil.other_structures,
    )
    for sid in pupil.structures_sid:
        yield f'      <STRUCTURES_ELEVE ELEVE_ID="{sid}" ELENOET="{elenoet}">\n'
        for code, kind in kinds:
            yield (
                f"        <STRUCTURE><CODE_STRUCTURE>{escape(code)}</CODE_STRUCTURE>"
                f"<TYPE_STRUCTURE>{kind}</TYPE_STRUCTURE></STRUCTURE>\n"
            )
        yield "      </STRUCTURES_ELEVE>\n"


def _grant(pupil: InventedPupil, elenoet: str) -> str:
    return (
        f'      <BOURSE ELEVE_ID="{pupil.sid}" ELENOET="{elenoet}">\n'
        f"        <CODE_BOURSE>{'FC' if pupil.slot % 2 else 'NB'}</CODE_BOURSE>\n"
        "      </BOURSE>\n"
    )
