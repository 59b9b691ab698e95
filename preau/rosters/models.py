"""The base élèves of each school, and every import that made it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from preau.accounts.models import Account
from preau.establishments.models import Establishment, Membership, school_year_of
from preau.rosters import calendar  # noqa: F401 - the model of the calendar belongs to this room
from preau.web.french import school_year_words


class Division(models.Model):
    """A class. Groups are not classes; two spellings of one code (case, spaces) are one class."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="divisions", db_index=False
    )
    name = models.CharField("classe", max_length=40)
    key = models.CharField(max_length=40)
    teachers = models.ManyToManyField(Membership, related_name="divisions", blank=True)

    class Meta:
        verbose_name = "classe"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["establishment", "key"], name="division_once")]

    def __str__(self) -> str:
        return self.name


class LearnerStatus(models.TextChoices):
    """Whether the pupil is enrolled now."""

    PRESENT = "PRESENT", "présent"
    LEFT = "LEFT", "parti"


class LearnerQuerySet(models.QuerySet["Learner"]):
    """Sets of pupils."""

    def present(self) -> LearnerQuerySet:
        """Enrolled now."""
        return self.filter(status=LearnerStatus.PRESENT)

    def gone(self) -> LearnerQuerySet:
        """Left; account and history kept."""
        return self.filter(status=LearnerStatus.LEFT)

    def reached_by(self, membership: Membership) -> LearnerQuerySet:
        """The pupils this member of staff may see: all of the school, or a teacher's own classes."""
        pupils = self.filter(establishment_id=membership.establishment_id)
        return pupils if membership.runs else pupils.filter(division__in=membership.divisions.values("pk"))

    def in_list_order(self) -> LearnerQuerySet:
        """Sorted as a French list: by folded name, then given name."""
        return self.order_by("sort_key", "pk")


class Learner(models.Model):
    """A pupil of one school: one row per pupil per school, kept across imports by INE then ELEVE_ID."""

    # No index of its own: every composite one below starts with it.
    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="learners", db_index=False
    )
    local_id = models.CharField("identifiant SIECLE", max_length=40, null=True, blank=True)
    ine = models.CharField("INE", max_length=11, null=True, blank=True)
    last_name = models.CharField("nom de famille", max_length=100)
    usage_name = models.CharField("nom d’usage", max_length=100, blank=True)
    first_name = models.CharField("prénom", max_length=100)
    other_first_names = models.CharField("autres prénoms", max_length=210, blank=True)  # separated by ", "
    # Folded « nom usage prénom(s) », what search and matching read; folded « nom affiché prénom », what lists sort by.
    search_key = models.CharField(max_length=520)
    sort_key = models.CharField(max_length=210)
    birth_date = models.DateField("date de naissance", null=True, blank=True)
    division = models.ForeignKey(
        Division, on_delete=models.SET_NULL, null=True, blank=True, related_name="learners"
    )
    groups = models.JSONField("groupes", default=list)
    status = models.CharField(
        "statut", max_length=7, choices=LearnerStatus.choices, default=LearnerStatus.PRESENT
    )
    left_on = models.DateField("parti le", null=True, blank=True)
    # Written by somebody of the school; whether a file has said it since is read from the imports (staging.py).
    by_hand = models.BooleanField("ajouté à la main", default=False, db_default=False)

    objects = LearnerQuerySet.as_manager()

    class Meta:
        verbose_name = "élève"
        constraints = [
            models.UniqueConstraint(
                fields=["establishment", "ine"],
                condition=models.Q(ine__isnull=False),
                name="learner_ine_once",
            ),
            models.UniqueConstraint(
                fields=["establishment", "local_id"],
                condition=models.Q(local_id__isnull=False),
                name="learner_local_id_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(ine="") & ~models.Q(local_id=""), name="learner_no_empty_id"
            ),
        ]
        indexes = [
            models.Index(fields=["establishment", "status", "sort_key", "id"], name="learner_list"),
            models.Index(fields=["establishment", "birth_date"], name="learner_birth"),
            models.Index(fields=["ine"], name="learner_ine", condition=models.Q(ine__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def shown_last_name(self) -> str:
        """Usage name first when there is one (roster-files.md §1.5, line 8)."""
        return self.usage_name or self.last_name

    @property
    def display_name(self) -> str:
        """« Zoé MARTIN-LEROY », for sentences."""
        return f"{self.first_name} {self.shown_last_name.upper()}"


class ImportState(models.TextChoices):
    """Where an import is; only APPLIED ever changed the roster."""

    READING = "READING", "en cours de vérification"
    MAPPING = "MAPPING", "colonnes à dire"
    READY = "READY", "prêt à appliquer"
    APPLIED = "APPLIED", "appliqué"
    UNDONE = "UNDONE", "annulé"
    REFUSED = "REFUSED", "refusé"
    DROPPED = "DROPPED", "abandonné"
    FAILED = "FAILED", "interrompu"


# Refusals that a person can lift, by saying that they know (roster-files.md §1.5, lines 14 and 15).
CODES_TO_SETTLE = frozenset({"UAI_MISSING", "YEAR_MISSING", "YEAR_NEWER"})
DEPARTURE_WITHHELD = "DEPARTURE_WITHHELD"  # the code of the problem, when only additions are taken
SILENCE = timedelta(minutes=10)
FILE_KEPT = timedelta(hours=24)  # a table whose columns may have to be said, or said again
UNDO_WITHIN = timedelta(days=30)  # rentree.md §2


SOFTWARE = {
    "siecle": "dans SIECLE",
    "siecle-xls": "dans SIECLE",
    "aaf": "dans SIECLE",
    "onde": "dans ONDE",
    "fregata": "dans FREGATA",
}


CLASSES_NAMED = 6


class RosterImport(models.Model):
    """One file brought to one school: its fingerprint and what it says, never the file itself."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="imports", db_index=False
    )
    state = models.CharField(max_length=8, choices=ImportState.choices, default=ImportState.READING)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    source = models.CharField(max_length=20, blank=True)
    school_year = models.PositiveSmallIntegerField(null=True)
    exported_on = models.DateField(null=True)
    exported_at = models.DateTimeField(null=True)
    pupil_count = models.PositiveIntegerField(null=True)
    # {"ARRIVAL": 3, …, "UNCHANGED": 330, "PRESENT_BEFORE": 340, "DIVISIONS": 12}; what the preview, the brake and the
    # history read, so that none of them counts rows.
    counts = models.JSONField(default=dict)
    # Classes that had pupils, all of whom leave: the likely reason of many departures.
    emptied = models.JSONField(default=list)
    # [{"severity","code","who","pupil","line","message"}], as the reader said them.
    problems = models.JSONField(default=list)
    # {"stage": "read", "done": 218, "total": 337}: survives a reload, moves as the task does.
    progress = models.JSONField(default=dict)
    # The last sign of life of the task: without one for too long, the reading was interrupted.
    progress_at = models.DateTimeField()
    base_version = models.PositiveIntegerField(null=True)
    applied_version = models.PositiveIntegerField(null=True)
    uploaded_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    applied_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)
    # Classes that nobody had before it: the undo takes them away again when nothing stands on them.
    made_divisions = models.JSONField(default=list)

    class Meta:
        verbose_name = "import"
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["establishment", "-uploaded_at"], name="import_history")]
        constraints = [
            # A double click, or the same file brought by two people at once, is one import.
            models.UniqueConstraint(
                fields=["establishment", "sha256"],
                condition=models.Q(state__in=["READING", "MAPPING", "READY"]),
                name="import_open_once",
            )
        ]

    @property
    def change_count(self) -> int:
        """How many people it touches."""
        return sum(self.counts.get(kind, 0) for kind in ChangeKind.values)

    @property
    def departures(self) -> int:
        """How many pupils leave."""
        return int(self.counts.get(ChangeKind.DEPARTURE, 0))

    @property
    def braked(self) -> bool:
        """Whether so many leave that somebody must type it: more than 10, and more than 10 % (rentree.md §2)."""
        return self.departures > 10 and self.departures * 10 > self.counts["PRESENT_BEFORE"]

    @property
    def departure_percent(self) -> int:
        """The share of the present pupils who leave, rounded, for a sentence."""
        return round(self.departures * 100 / max(self.counts["PRESENT_BEFORE"], 1))

    @property
    def emptied_words(self) -> str:
        """« 3A, 3B, 3C, 3D et 22 autres classes »: a few say enough."""
        shown, others = self.emptied[:CLASSES_NAMED], len(self.emptied) - CLASSES_NAMED
        if others < 2:  # « et 1 autre » is no shorter than its name
            return ", ".join(self.emptied)
        return f"{', '.join(shown)} et {others} autres classes"

    @property
    def brake_words(self) -> str:
        """What to type."""
        return f"{self.departures} départs"

    @property
    def to_settle(self) -> list[str]:
        """What somebody has to confirm first, as the reader said it: a year in preparation, an unnamed school."""
        return [problem["message"] for problem in self.problems if problem["code"] in CODES_TO_SETTLE]

    @property
    def settled_words(self) -> str:
        """What somebody ticks for a file that names neither its school nor its year; nothing for other doubts."""
        codes = {problem["code"] for problem in self.problems} & CODES_TO_SETTLE
        if not codes or codes - {"UAI_MISSING", "YEAR_MISSING"}:
            return ""
        year = school_year_words(school_year_of(timezone.localdate(self.uploaded_at)))
        parts = [
            f"de l’établissement {self.establishment.name}" if "UAI_MISSING" in codes else "",
            f"de l’année {year}" if "YEAR_MISSING" in codes else "",
        ]
        return f"Oui, ce fichier est bien celui {' et '.join(filter(None, parts))}"

    @property
    def refusals(self) -> list[str]:
        """Why the file was refused, as the reader said it."""
        refused = (
            p for p in self.problems if p["severity"] == "REFUSED" and p["code"] not in CODES_TO_SETTLE
        )
        return [problem["message"] for problem in refused]

    @property
    def undo_until(self) -> datetime | None:
        """The last moment when it can be undone; None when it is not applied."""
        if self.state != ImportState.APPLIED or self.applied_at is None:
            return None
        return self.applied_at + UNDO_WITHIN

    @property
    def software(self) -> str:
        """Where the school corrects what the file says: « dans SIECLE »."""
        return SOFTWARE.get(self.source, "dans le logiciel d’où vient la liste")

    def newer_applied(self) -> RosterImport | None:
        """An applied import whose file was made after this one: this file may be an old download."""
        applied = self.establishment.imports.filter(state=ImportState.APPLIED).exclude(pk=self.pk)
        if self.exported_at is not None:
            newer = models.Q(exported_at__gt=self.exported_at)
        elif self.exported_on is not None:
            newer = models.Q(exported_on__gt=self.exported_on)
        else:
            return None
        return applied.filter(newer).defer("problems").first()

    @property
    def people_kept(self) -> int:
        """How many of those it brought stayed when it was undone."""
        return self.changes.filter(kind=ChangeKind.ARRIVAL, kept=True).count()


class PendingFile(models.Model):
    """The bytes waiting for the worker that reads them; deleted by the reading, whatever comes of it.

    Only a table stays, until it is applied or given up and for `FILE_KEPT` at most: somebody may have to say what its
    columns are, and see what comes of it. Then `content` is what `kept_table.kept` wrote, without private columns.
    """

    roster_import = models.OneToOneField(RosterImport, on_delete=models.CASCADE, related_name="pending_file")
    content = models.BinaryField()
    # What the screen of the columns shows: {"titles", "rows", "columns", …}, the first ten rows, secrets masked.
    sample = models.JSONField(null=True)


class ColumnMapping(models.Model):
    """What a school said of the columns of its tables, once for all those with the same titles."""

    establishment = models.ForeignKey(
        Establishment, on_delete=models.CASCADE, related_name="column_mappings", db_index=False
    )
    signature = models.CharField(max_length=64)
    mapping = models.TextField()  # as `rosterfiles.tables.columns.Mapping` writes itself
    said_at = models.DateTimeField()

    class Meta:
        verbose_name = "colonnes d’un tableau"
        verbose_name_plural = "colonnes de tableaux"
        constraints = [
            models.UniqueConstraint(fields=["establishment", "signature"], name="column_mapping_once")
        ]

    def __str__(self) -> str:
        return self.signature


class ChangeKind(models.TextChoices):
    """What an import does to one person; the order is the order of screens: who loses something comes first."""

    DEPARTURE = "DEPARTURE", "départ"
    ARRIVAL = "ARRIVAL", "arrivée"
    CLASS_CHANGE = "CLASS_CHANGE", "changement de classe"
    CORRECTION = "CORRECTION", "correction"
    RETURN = "RETURN", "retour"


class ImportChange(models.Model):
    """One person touched by one import: the preview, the history and the undo are these same rows."""

    roster_import = models.ForeignKey(
        RosterImport, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    # For an arrival, the number reserved at the preview for the row that applying will make: hence no constraint.
    learner = models.ForeignKey(
        Learner, on_delete=models.DO_NOTHING, db_constraint=False, related_name="changes"
    )
    sort_key = models.CharField(max_length=210)
    # Whole rows as JSON: {"local_id","ine","last_name",…,"division","division_key","groups","status","left_on"}.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # Comes of a question: written again at each answer.
    asked = models.BooleanField(default=False, db_default=False)
    # Set by the undo: what this person, or somebody for them, did since the import stays (`signals.import_undoing`).
    kept = models.BooleanField(default=False, db_default=False)

    class Meta:
        verbose_name = "changement"
        ordering = ["sort_key", "pk"]
        indexes = [models.Index(fields=["roster_import", "kind", "sort_key"], name="change_list")]


class ImportQuestion(models.Model):
    """« Est-ce la même personne ? » about one pupil of a file; open, it leaves everybody as they are."""

    roster_import = models.ForeignKey(
        RosterImport, on_delete=models.CASCADE, related_name="questions", db_index=False
    )
    rank = models.PositiveIntegerField()
    # The row of the pupil, and [{"learner_id", "before", "same", "other", "stays", "reasons"}]: see questions.py.
    row = models.JSONField()
    candidates = models.JSONField()
    plain = models.BooleanField(default=False)
    answered = models.BooleanField(default=False)
    # The learner they are; None is nobody known. Told again when the file is read again: hence no foreign key.
    same_as = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = "question"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "rank"], name="question_once"),
            models.CheckConstraint(
                condition=models.Q(answered=True) | models.Q(same_as=None), name="question_answer_said"
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.rank}"
