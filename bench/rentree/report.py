"""The table and the pictures of docs/rentree-simulee.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.rentree.figures import Figures, together

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
COLUMNS = (
    "Rentrée",
    "Élèves",
    "Rattachés sans adulte",
    "Entrés sans adulte",
    "Minutes d’adulte pour 100 élèves",
    "Minutes de séance par élève",
    "Neuf sur dix entrés en",
    "Mauvais rattachements",
    "Deux comptes, avant le bureau",
    "Deux comptes, à la fin",
)
BEGIN, END = "<!-- chiffres -->", "<!-- fin des chiffres -->"


def table(found: Mapping[str, Figures]) -> list[str]:
    """Markdown, a line a rentrée."""
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"| --- |{' ---: |' * (len(COLUMNS) - 1)}",
    ]
    return lines + [f"| {name} | {' | '.join(_cells(one))} |" for name, one in found.items()]


def _cells(one: Figures) -> list[str]:
    return [
        f"{one.pupils}",
        _french(f"{one.alone / one.pupils:.2%}"),
        _french(f"{one.entered_alone / one.pupils:.1%}"),
        _french(f"{one.adult_minutes / one.pupils * 100:.1f}"),
        _french(f"{one.lesson_minutes:.1f}"),
        _french(f"{one.late:.1f} min"),
        f"{one.wrong}",
        f"{one.twice}",
        f"{one.duplicates}",
    ]


def _french(figure: str) -> str:
    return figure.replace(".", ",").replace("%", " %")


def write(found: Mapping[str, Figures]) -> None:
    """Put the table between the two marks of the page, and draw the pictures beside it."""
    page = DOCS / "rentree-simulee.md"
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    middle = "\n".join(("", "", *table(found), "", ""))
    page.write_text(f"{before}{BEGIN}{middle}{END}{after}", encoding="utf-8")
    draw(found)


def draw(found: Mapping[str, Figures]) -> None:
    """Who needed no adult and how much time adults gave, a bar a rentrée; one colour, figures written at the end."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = list(reversed(found))
    pictures = {
        "rentree-adultes": (
            "Minutes d’adulte pour 100 élèves",
            lambda f: f.adult_minutes / f.pupils * 100,
            "{:.0f}",
        ),
        "rentree-entres": (
            "Entrés sans aucun adulte, sur 100 élèves",
            lambda f: f.entered_alone / f.pupils * 100,
            "{:.1f}",
        ),
        "rentree-seances": (
            "Minutes de séance par élève, de la sonnerie à sa page",
            lambda f: f.lesson_minutes,
            "{:.1f}",
        ),
    }
    for file, (title, value, form) in pictures.items():
        figure, axes = pyplot.subplots(figsize=(7, 0.42 * len(names) + 1))
        bars = axes.barh(names, [value(found[name]) for name in names], color="#53368f", height=0.6)
        axes.bar_label(
            bars, labels=[form.format(bar.get_width()).replace(".", ",") for bar in bars], padding=3
        )
        axes.set_title(title, loc="left", fontsize=11)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.tick_params(left=False, bottom=False, labelbottom=False)
        figure.tight_layout()
        figure.savefig(DOCS / "images" / f"{file}.png", dpi=80)
        pyplot.close(figure)


def kept(lines: list[str]) -> dict[str, Figures]:
    """What `--keep` wrote, group after group, together."""
    found: dict[str, list[Figures]] = {}
    for line in map(json.loads, lines):
        found.setdefault(line["name"], []).append(Figures(**line["figures"]))
    return {name: together(parts) for name, parts in found.items()}


if __name__ == "__main__":  # python -m bench.rentree.report FILE: the page again, from what was kept
    write(kept(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
