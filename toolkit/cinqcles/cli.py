"""The ``cinqcles`` command: reads what was typed, calls the toolkit, prints what came of it."""

from __future__ import annotations

import multiprocessing.util
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    track,
)
from rich.table import Column, Table

from cinqcles.errors import CinqclesError
from cinqcles.messages import _, ngettext, number

if TYPE_CHECKING:
    from cinqcles.classroom.grade import Graded

INTERRUPTED = 130  # as a shell tells Ctrl+C
MANY = 60  # copies: beyond, the summary of a grading groups them
MANY_NAMED = 3

app = typer.Typer(
    help=_("Cinq clés\u00a0: le cours, ses feuilles et leur correction."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console()
errors = Console(stderr=True)

Database = Annotated[
    str | None,
    typer.Option(
        help=_(
            "Adresse du carnet de notes, par ex. "
            "postgresql+psycopg://utilisateur@serveur/base\u00a0; gradebook.db par défaut."
        )
    ),
]
Worksheet = Annotated[str, typer.Argument(help=_("Nom de la feuille, par ex. cle5-apparences."))]


@app.callback()
def _quiet() -> None:
    # Warnings between libraries are for developers, who see them as errors in the tests.
    warnings.simplefilter("ignore")


def _command(about: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command: an error made to be read is printed alone, and exits 1."""

    def make(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except KeyboardInterrupt:
                _tell(_("Interrompu\u00a0: relancez la commande pour continuer."))
                # At once: what still runs ends with this process, but for the names of semaphores.
                multiprocessing.util._run_finalizers(0)  # type: ignore[attr-defined]
                os._exit(INTERRUPTED)
            except CinqclesError as error:
                errors.print(f"[bold red]{escape(_('Erreur'))}[/]\u00a0: {escape(str(error))}")
                raise typer.Exit(1) from error

        return app.command(help=about)(run)

    return make


def _course() -> Path:
    """The course; named, when it is not the one that the terminal is in."""
    from cinqcles.classroom.course import find_course

    course = find_course()
    here = Path.cwd().resolve()
    if course not in (here, *here.parents):
        errors.print(escape(_("Cours\u00a0: {folder}").format(folder=course)), soft_wrap=True)
    return course


def _tell(line: str) -> None:
    # A line is never cut: what it names must be copied whole.
    console.print(escape(line), soft_wrap=True)


@_command(_("Ouvrir le cours dans JupyterLab."))
def lab(
    workspace: Annotated[
        Path, typer.Argument(help=_("Dossier de travail, créé s’il n’existe pas."))
    ] = Path("travail"),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help=_("Port à utiliser."))] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help=_("Ouvrir le navigateur."))
    ] = True,
) -> None:
    from cinqcles.classroom.course import find_course
    from cinqcles.classroom.workspace import open_lab, prepare

    workspace = workspace.resolve()
    for line in prepare(find_course(), workspace):
        _tell(f"• {line}")
    raise typer.Exit(open_lab(workspace, port=port, browser=browser, say=_tell))


@_command(_("Faire tourner chaque cahier du cours avec papermill."))
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help=_("Cahiers à vérifier\u00a0; tous par défaut."))
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help=_("Combien à la fois."))] = None,
) -> None:
    from cinqcles.classroom import check as checking

    course = _course()
    files = [file.resolve() for file in files] if files else checking.notebooks(course)
    done = track(checking.check(files, workers), _("Cahiers"), total=len(files), console=errors)
    results = sorted(done, key=lambda result: result.notebook)
    table = Table(_("Cahier"), _("Durée (s)"), _("Résultat"))
    for result in results:
        table.add_row(
            escape(_inside(course, result.notebook)),
            number(result.duration_s, 1),
            f"[red]✗ {escape(result.error)}[/]" if result.error else "[green]✓[/]",
        )
    console.print(table)
    if any(result.error for result in results):
        raise typer.Exit(1)


@_command(_("Écrire exercises/ à partir de solutions/, sans le corrigé."))
def release(
    worksheet: Annotated[
        str | None, typer.Argument(help=_("Une feuille\u00a0; toutes par défaut."))
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help=_("Ne rien écrire\u00a0; échouer si exercises/ n’est pas à jour.")
        ),
    ] = False,
) -> None:
    from cinqcles.classroom import release as releasing

    changed = releasing.release(_course(), worksheet, check=check)
    for name in changed:
        _tell(
            _("à mettre à jour\u00a0: {name}").format(name=name)
            if check
            else _("écrit\u00a0: {name}").format(name=name)
        )
    if not changed:
        _tell(_("exercises/ est à jour."))
    elif check:
        raise typer.Exit(1)


@_command(_("Dire ce que chaque leçon promet, et quelles questions l’évaluent."))
def objectives(
    to: Annotated[
        Path | None, typer.Argument(help=_("Page Markdown à écrire\u00a0; l’écran par défaut."))
    ] = None,
) -> None:
    from cinqcles.classroom import objectives as matrix

    page = matrix.as_markdown(matrix.objectives(_course()))
    if to is None:
        print(page)  # noqa: T201 - as it would be written, not wrapped to the screen
    else:
        to.write_text(page, encoding="utf-8")
        _tell(_("écrit\u00a0: {name}").format(name=to))


@_command(_("Écrire des copies synthétiques, pour s’entraîner à ramasser et à corriger."))
def simulate(
    learners: Annotated[int, typer.Option(help=_("Combien d’apprenants."))] = 30,
    worksheet: Annotated[
        str | None, typer.Option(help=_("Une seule feuille\u00a0; toutes par défaut."))
    ] = None,
    seed: Annotated[
        int, typer.Option(help=_("Le même nombre redonne les mêmes copies, un autre d’autres."))
    ] = 0,
    to: Annotated[
        Path, typer.Option(help=_("Dossier à écrire, qui ne contient rien d’autre."))
    ] = Path("copies-synthetiques"),
) -> None:
    from cinqcles.classroom import simulate as simulation

    def progress(steps: Iterable[Any], about: str, total: int) -> Iterable[Any]:
        return track(steps, about, total=total, console=errors)

    written = simulation.simulate(
        _course(), to, learners=learners, worksheet=worksheet, seed=seed, progress=progress
    )
    table = Table(_("Copie"), _("Fichiers"), _("Ce que c’est"))
    for kind in simulation.Kind:
        if written[kind]:
            table.add_row(escape(kind.label), number(written[kind]), escape(kind.about))
    console.print(table)
    total = written.total()
    _tell(
        ngettext(
            "{n} fichier écrit dans {name}.", "{n} fichiers écrits dans {name}.", total
        ).format(n=number(total), name=to)
    )
    _tell(_("La suite\u00a0: {name}").format(name=to / "LISEZMOI.txt"))


@_command(_("Ramasser des copies\u00a0: un cahier, un .zip (celui de Moodle), ou un dossier."))
def collect(
    worksheet: Worksheet,
    source: Annotated[
        Path, typer.Argument(help=_("Fichier .ipynb, archive .zip ou dossier."), exists=True)
    ],
    learner: Annotated[
        str | None, typer.Option(help=_("À qui est la copie, si elle est seule."))
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            help=_("Liste des apprenants (.csv)\u00a0: identifiant, nom, prénom, adresse."),
            exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:
    from cinqcles.classroom import collect as collecting

    done = collecting.collect(_course(), worksheet, source, learner, roster)
    table = Table(show_lines=True)
    for title in (_("Fichier"), _("Apprenant"), _("Résultat")):
        table.add_column(title, overflow="fold")  # a name is shown whole: it must be found again
    for each in done:
        table.add_row(escape(each.name), escape(each.learner or "—"), escape(each.said))
    console.print(table)
    counts = Counter(each.outcome for each in done)
    taken, there, older, _other, aside = (counts[outcome] for outcome in collecting.Outcome)
    said = [
        ngettext("{n} copie ramassée", "{n} copies ramassées", taken).format(n=taken),
        _("{n} déjà là").format(n=there),
    ]
    if older:
        said.append(ngettext("{n} doublon", "{n} doublons", older).format(n=older))
    said.append(
        ngettext("{n} fichier laissé de côté", "{n} fichiers laissés de côté", aside).format(
            n=aside
        )
    )
    _tell(", ".join(said) + ".")
    if aside:
        raise typer.Exit(1)


@_command(_("Corriger les copies ramassées\u00a0: d’une feuille, ou de toutes."))
def grade(
    worksheet: Annotated[
        str | None, typer.Argument(help=_("Nom de la feuille\u00a0; toutes par défaut."))
    ] = None,
    *,
    again: Annotated[
        bool, typer.Option("--again", help=_("Corriger aussi les copies déjà corrigées."))
    ] = False,
    unsandboxed: Annotated[
        bool,
        typer.Option(
            "--unsandboxed",
            help=_("Exécuter le code des copies sans isolement, si la machine ne le permet pas."),
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help=_("Combien de copies à la fois\u00a0; autant que de cœurs par défaut.")
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(help=_("Corriger sur un cluster Dask, par ex. tcp://10.0.0.5:8786.")),
    ] = None,
    db: Database = None,
) -> None:
    from cinqcles.classroom import grade as grading

    course = _course()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=errors,
    ) as bars:
        shown: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in shown and total:
                shown[what] = bars.add_task(what, total=total)
            if what in shown:
                bars.update(shown[what], completed=done)

        results = grading.grade(
            course,
            worksheet,
            again=again,
            unsandboxed=unsandboxed,
            db_url=db,
            workers=workers,
            cluster=cluster,
            progress=progress,
        )
    for name in sorted({result.worksheet for result in results}):
        mine = [result for result in results if result.worksheet == name]
        console.print(_by_copy(course, mine) if len(mine) <= MANY else _by_reason(course, mine))
    counts = Counter(result.status for result in results)
    graded, review, failed = (counts[status] for status in grading.Status)
    _tell(
        ", ".join(
            [
                ngettext("{n} copie", "{n} copies", len(results)).format(n=len(results)),
                ngettext("{n} corrigée", "{n} corrigées", graded).format(n=graded),
                _("{n} à revoir").format(n=review),
                _("{n} en échec").format(n=failed),
            ]
        )
        + "."
    )
    if kept := sum(result.kept for result in results):
        _tell(
            ngettext(
                "{n} copie était déjà corrigée, et n’a pas changé\u00a0: laissée telle quelle. "
                "Pour tout corriger de nouveau, ajoutez --again.",
                "{n} copies étaient déjà corrigées, et n’ont pas changé\u00a0: laissées telles "
                "quelles. Pour tout corriger de nouveau, ajoutez --again.",
                kept,
            ).format(n=kept)
        )
    if failed:
        raise typer.Exit(1)


def _by_copy(course: Path, results: list[Graded]) -> Table:
    table = Table(
        *(_("Apprenant"), _("Points"), _("État"), _whole(_("À savoir"))),
        title=escape(results[0].worksheet),
    )
    for result in results:
        points = "—"
        if result.score is not None and result.points is not None:
            points = f"{number(result.score)} / {number(result.points)}"
        notes = list(result.notes)
        if result.score is None:
            notes.append(_inside(course, result.file))
        state = _said(result)
        table.add_row(escape(result.learner), points, state, escape("\n".join(notes)))
    return table


def _whole(header: str) -> Column:
    """A column whose texts are never cut: a long path goes on below, and can be copied."""
    return Column(header, overflow="fold")


def _by_reason(course: Path, results: list[Graded]) -> Table:
    """Of a cohort, what a person has to know: how many copies a reason concerns, and which."""
    table = Table(
        *(_("Copies"), _("État"), _("À savoir"), _whole(_("Lesquelles"))),
        title=escape(results[0].worksheet),
    )
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results:
        who = _inside(course, result.file) if result.score is None else result.learner
        for note in result.notes:
            reasons.setdefault((_said(result), note), []).append(who)
    for (state, note), people in sorted(reasons.items(), key=lambda item: len(item[1])):
        # What failed is to be found, one by one; the rest is there to be opened in the formgrader.
        named = people if state == _("échec") else people[:MANY_NAMED]
        if named != people:
            named = [*named, _("… et {n} autres").format(n=len(people) - len(named))]
        table.add_row(str(len(people)), state, escape(note), escape("\n".join(named)))
    return table


def _said(result: Graded) -> str:
    said = {
        "graded": _("corrigée"),
        "review": _("à revoir"),
        "failed": _("échec"),
    }
    return said[result.status.value]


@_command(_("Écrire la page de chaque apprenant\u00a0: réponses, points, raisons, commentaires."))
def feedback(
    worksheet: Annotated[
        str | None,
        typer.Argument(help=_("Une page de cette feuille seule\u00a0; toutes par défaut.")),
    ] = None,
    *,
    db: Database = None,
) -> None:
    from cinqcles.classroom import feedback as giving

    course = _course()

    def progress(learners: Iterable[str]) -> Iterable[str]:
        return track(list(learners), _("Apprenants"), console=errors)

    made = giving.feedback(course, worksheet, db_url=db, progress=progress)
    if made.left:
        table = Table(_("Apprenant"), _("Pourquoi sa page n’est pas faite"))
        for learner, why in made.left:
            table.add_row(escape(learner), escape(why))
        console.print(table)
    for name in made.foreign:
        _tell(giving.not_ours(name))
    written, unchanged = len(made.written), len(made.unchanged)
    _tell(
        ngettext("{n} page écrite", "{n} pages écrites", written).format(n=written)
        + ", "
        + ngettext("{n} inchangée", "{n} inchangées", unchanged).format(n=unchanged)
        + ("\u00a0; " + _waiting(made.waiting) if made.waiting else ".")
    )
    if made.ungraded:
        _tell(_to_grade(made.ungraded))
    if pages := made.written + made.unchanged:
        _tell(_("Par exemple\u00a0: {name}").format(name=_inside(course, pages[0])))
    if made.left:
        raise typer.Exit(1)


def _to_grade(copies: int) -> str:
    return ngettext(
        "{n} copie n’est pas corrigée, ou a changé depuis\u00a0: cinqcles grade la corrige, ou dit "
        "pourquoi elle ne peut pas l’être.",
        "{n} copies ne sont pas corrigées, ou ont changé depuis\u00a0: cinqcles grade les corrige, "
        "ou dit pourquoi elles ne peuvent pas l’être.",
        copies,
    ).format(n=copies)


def _waiting(copies: int) -> str:
    return ngettext(
        "{n} copie a des réponses en attente\u00a0: sa note est provisoire.",
        "{n} copies ont des réponses en attente\u00a0: leur note est provisoire.",
        copies,
    ).format(n=copies)


@_command(_("Exporter les notes\u00a0: un tableau, ou la feuille d’évaluation de Moodle remplie."))
def export(
    to: Annotated[
        Path | None,
        typer.Argument(help=_("Fichier à écrire, .xlsx ou .csv\u00a0; notes.xlsx par défaut.")),
    ] = None,
    moodle: Annotated[
        Path | None,
        typer.Option(
            help=_(
                "La feuille d’évaluation que donne Moodle (.csv)\u00a0: seules ses notes changent."
            ),
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    worksheet: Annotated[
        str | None, typer.Option(help=_("La feuille notée dans ce devoir de Moodle."))
    ] = None,
    db: Database = None,
) -> None:
    from cinqcles.classroom import export as exporting

    found = exporting.grades(_course(), worksheet, db_url=db)
    if moodle is None:
        to = to or Path("notes.xlsx")
        exporting.write(found, to)
        _tell(_("écrit\u00a0: {name}").format(name=to))
        states = Counter(grade.state for grade in found)
        if waiting := states[exporting.State.REVIEW]:
            _tell(_("{n} à revoir\u00a0: leur note est provisoire.").format(n=waiting))
        if left := states[exporting.State.UNGRADED] + states[exporting.State.CHANGED]:
            _tell(_to_grade(left))
        return
    if worksheet is None:
        raise typer.BadParameter(_("Avec --moodle, précisez --worksheet FEUILLE."))
    to = to or moodle.with_name(f"{moodle.stem}-remplie.csv")
    filled = exporting.fill_moodle(moodle.read_bytes(), found)
    exporting.save(to, filled.content)
    if filled.left:
        table = Table(_("Laissé tel quel"), _("Pourquoi"))
        for who, why in filled.left:
            table.add_row(escape(who), escape(why))
        console.print(table)
    _tell(
        ngettext(
            "{n} note écrite dans {name}.", "{n} notes écrites dans {name}.", filled.written
        ).format(n=filled.written, name=to)
    )


def _inside(course: Path, file: Path) -> str:
    return str(file.relative_to(course) if file.is_relative_to(course) else file)
