"""The tables and the pictures of docs/rentree-simulee.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from bench.rentree.figures import Figures, together
from bench.rentree.variants import WAYS, WITHOUT
from bench.rentree.words import ACTS, ERRORS

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGE = DOCS / "rentree-simulee.md"
Groups = Sequence[Figures]
Value = Callable[[Figures], float]


@dataclass
class Found:
    """What each rentrée gave, group of schools by group of schools."""

    ways: dict[str, list[Figures]]
    without: dict[str, list[Figures]]

    @staticmethod
    def read(file: Path) -> Found:
        """What `--keep` wrote; groups that some rentrée of the table has not lived yet are left out."""
        said: dict[str, dict[str, dict[int, Figures]]] = {"ways": {}, "without": {}}
        for line in file.read_text(encoding="utf-8").splitlines():
            table, name, group, figures = json.loads(line)
            said[table].setdefault(name, {})[group] = Figures(**figures)
        tables = {}
        for table, rentrees in said.items():
            lived = set[int].intersection(*map(set, rentrees.values())) if rentrees else set[int]()
            order = [name for name in (WAYS if table == "ways" else WITHOUT) if name in rentrees]
            tables[table] = {name: [rentrees[name][group] for group in sorted(lived)] for name in order}
        return Found(**tables)


def line_of(table: str, name: str, group: int, figures: Figures) -> str:
    """One group, for a file."""
    return json.dumps((table, name, group, figures.document()), ensure_ascii=False) + "\n"


def same(found: Found, other: Found) -> str | None:
    """What differs from another run, in a line each; nothing when every figure is the same."""
    lines = [
        f"{name}, groupe {place} : {field} : {here} ; ailleurs {there}"
        for table in ("ways", "without")
        for name, groups in getattr(found, table).items()
        for place, (one, two) in enumerate(zip(groups, getattr(other, table)[name], strict=True))
        for field, here in one.document().items()
        if (there := two.document()[field]) != here
    ]
    print("\n".join(lines) or "Les mêmes chiffres, exactement.")
    return f"{len(lines)} différences" if lines else None


def give_or_take(values: Sequence[float]) -> float:
    """Half of the 95 % interval of their mean (Student); each value is a group of schools, a seed of its own."""
    if len(values) < 2:
        return 0.0
    from scipy.stats import t

    return float(t.ppf(0.975, len(values) - 1)) * stdev(values) / len(values) ** 0.5


def french(figure: float, digits: int = 1, *, sign: bool = False) -> str:
    """« 1 234,5 », « −0,3 »."""
    said = f"{figure:{'+' if sign else ''},.{digits}f}".replace(",", " ").replace(".", ",")
    return said.replace("-", "−") if float(f"{figure:.{digits}f}") else said.lstrip("+-")


def _shares(count: Value) -> Value:
    return lambda one: one.share(count(one))


# What is said of the two ways: label, value of a group, unit, digits; no interval for a count.
LINES: tuple[tuple[str, Value, str, int], ...] = (
    ("**Rattachés sans adulte**", _shares(lambda one: one.alone), " %", 2),
    ("dont dès l’import", _shares(lambda one: one.at_import), " %", 1),
    ("**Sans aucun adulte, jusqu’à leur page**", _shares(lambda one: one.never_helped), " %", 1),
    ("Entrés dès la première séance", _shares(lambda one: one.entered_first), " %", 1),
    ("Pas entrés après trois séances", _shares(lambda one: one.pupils - one.entered), " %", 2),
    ("**Minutes d’adulte pour 100 élèves**", lambda one: one.adult_minutes, "", 1),
    ("puis, pour réparer les seconds comptes", lambda one: one.later_minutes, "", 1),
    ("**Minutes de séance par élève**", lambda one: one.lesson_minutes, "", 2),
    ("Neuf sur dix entrés en (minutes de séance)", lambda one: one.late, "", 1),
)
COUNTS: tuple[tuple[str, Value], ...] = (
    ("**Mauvais rattachements**", lambda one: one.wrong),
    ("Élèves à deux comptes après les séances", lambda one: one.twice),
    ("**Élèves à deux comptes à la fin**", lambda one: one.duplicates),
)


def ways_table(ways: Mapping[str, Groups]) -> list[str]:
    """A column for each way, with its interval."""
    lines = _header("Mesure", ways)
    for label, value, unit, digits in LINES:
        cells = [_sure([value(one) for one in groups], unit, digits) for groups in ways.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    for label, value in COUNTS:
        cells = [french(sum(map(value, groups)), 0) for groups in ways.values()]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return lines


def _header(first: str, columns: Mapping[str, Groups]) -> list[str]:
    return [f"| {first} | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]


def _sure(values: Sequence[float], unit: str, digits: int) -> str:
    give = give_or_take(values)
    more = f" ± {french(give, digits)}" if give else ""
    return f"{french(fmean(values), digits)}{unit}{more}"


def acts_table(ways: Mapping[str, Groups]) -> list[str]:
    """Where the minutes of adults go, for a hundred pupils."""
    wholes = [together(list(groups)) for groups in ways.values()]
    lines = _header("Minutes d’adulte pour 100 élèves", ways)
    for act, label in ACTS.items():
        spent = [one.share(one.seconds.get(act, 0.0) / 60) for one in wholes]
        if any(spent):
            lines.append(f"| {label} | {' | '.join(french(each) if each else '—' for each in spent)} |")
    return lines


def errors_table(ways: Mapping[str, Groups]) -> list[str]:
    """How many pupils met each error, once or more."""
    wholes = [together(list(groups)) for groups in ways.values()]
    lines = _header(f"Élèves, sur {french(wholes[0].pupils, 0)}", ways)
    for error, label in ERRORS.items():
        cells = [french(one.met[error], 0) if error in one.met else "—" for one in wholes]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return lines


def without_table(without: Mapping[str, Groups]) -> list[str]:
    """A line for each thing that is taken away; differences are between the same pupils."""
    head = (
        "Rentrée",
        "Rattachés sans adulte",
        "Sans aucun adulte",
        "Minutes d’adulte pour 100 élèves",
        "Minutes de séance par élève",
        "Mauvais rattachements",
        "Deux comptes après les séances",
        "À la fin",
    )
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    bases = list(without.values())
    for name, groups in without.items():
        base = bases[0] if not name.startswith("…") else without[_before(without, name)]
        whole = together(list(groups))
        cells = [
            f"{french(whole.share(whole.alone), 2)} %",
            f"{french(whole.share(whole.never_helped))} %",
            _against(groups, base, lambda one: one.adult_minutes, 1),
            _against(groups, base, lambda one: one.lesson_minutes, 2),
            *(french(each, 0) for each in (whole.wrong, whole.twice, whole.duplicates)),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _before(without: Mapping[str, Groups], name: str) -> str:
    names = list(without)
    return next(one for one in reversed(names[: names.index(name)]) if not one.startswith("…"))


def _against(groups: Groups, base: Groups, value: Value, digits: int) -> str:
    said = french(fmean(map(value, groups)), digits)
    if groups is base:
        return said
    apart = [value(one) - value(two) for one, two in zip(groups, base, strict=True)]
    if not any(apart):
        return f"{said} (=)"
    give = f" ± {french(give_or_take(apart), digits)}" if len(apart) > 1 else ""
    return f"{said} ({french(fmean(apart), digits, sign=True)}{give})"


def say(found: Found) -> str:
    """Every table."""
    return "\n".join(line for lines in blocks(found).values() for line in (*lines, ""))


def blocks(found: Found) -> dict[str, list[str]]:
    """The tables of the page, by the name of their place in it."""
    made = {}
    if found.ways:
        made |= {
            "facons": ways_table(found.ways),
            "gestes": acts_table(found.ways),
            "erreurs": errors_table(found.ways),
        }
    if found.without:
        made["pieces"] = without_table(found.without)
    return made


def write(found: Found) -> None:
    """Put each table between its two marks, and draw the pictures."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in blocks(found).items():
        begin, end = f"<!-- {name} -->", f"<!-- fin : {name} -->"
        before, _, rest = text.partition(begin)
        text = "\n".join((f"{before}{begin}", "", *lines, "", f"{end}{rest.partition(end)[2]}"))
    PAGE.write_text(text, encoding="utf-8")
    if found.ways:
        draw_ways(found.ways)
    if found.without:
        draw_without(found.without)


DARK, PALE, INK = "#53368f", "#a99bc9", "#24202e"


def _pyplot():  # type: ignore[no-untyped-def]
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot


def draw_ways(ways: Mapping[str, Groups]) -> None:
    """Four small pictures in one: both ways, each with its interval."""
    pyplot = _pyplot()
    panels = (
        ("Rattachés sans adulte, %", LINES[0][1], 1),
        ("Sans aucun adulte, %", LINES[2][1], 1),
        ("Minutes d’adulte, 100 élèves", LINES[5][1], 0),
        ("Minutes de séance, par élève", LINES[7][1], 1),
    )
    figure, axes = pyplot.subplots(1, len(panels), figsize=(10, 2.6))
    colors = [PALE, DARK]
    for ax, (title, value, digits) in zip(axes, panels, strict=True):
        values = [[value(one) for one in groups] for groups in ways.values()]
        heights, gives = [fmean(each) for each in values], [give_or_take(each) for each in values]
        bars = ax.bar(range(len(ways)), heights, yerr=gives, color=colors, width=0.62, ecolor=INK, capsize=3)
        ax.bar_label(bars, labels=[french(height, digits) for height in heights], padding=3, color=INK)
        ax.set_title(title, fontsize=10, loc="left")
        ax.margins(y=0.18)
        ax.set_xticks(range(len(ways)), [name.removeprefix("La façon ") for name in ways], fontsize=9)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(left=False, labelleft=False, bottom=False)
    figure.tight_layout()
    figure.savefig(DOCS / "images" / "rentree-facons.png", dpi=100)
    pyplot.close(figure)


def draw_without(without: Mapping[str, Groups]) -> None:
    """What each thing is worth: a line each, two measures side by side, the short way dotted."""
    pyplot = _pyplot()
    names = list(without)
    places = [-place - (0.5 if place else 0) for place in range(len(names))]
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 0.33 * len(names) + 1), sharey=True)
    panels = (("Minutes d’adulte pour 100 élèves", LINES[5][1]), ("Minutes de séance par élève", LINES[7][1]))
    for ax, (title, value) in zip(axes, panels, strict=True):
        means = [fmean(map(value, groups)) for groups in without.values()]
        gives = [give_or_take(list(map(value, groups))) for groups in without.values()]
        colors = [DARK] + [PALE] * (len(names) - 1)
        bars = ax.barh(places, means, xerr=gives, color=colors, height=0.66, ecolor=INK, capsize=2)
        ax.bar_label(bars, labels=[french(mean) for mean in means], padding=5, fontsize=9, color=INK)
        ax.axvline(means[0], color=INK, linewidth=0.8, linestyle=":", zorder=0)
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_yticks(places, names, fontsize=9)
        ax.margins(x=0.12)
        ax.spines[["top", "right", "bottom"]].set_visible(False)
        ax.tick_params(left=False, bottom=False, labelbottom=False)
    figure.tight_layout()
    figure.savefig(DOCS / "images" / "rentree-pieces.png", dpi=100)
    pyplot.close(figure)


if __name__ == "__main__":  # python -m bench.rentree.report FILE: the page again, from what `--keep` wrote
    write(Found.read(Path(sys.argv[1])))
