"""Collect copies: from whatever they came in, each to ``submitted/<learner>/<worksheet>/``.

Whose a copy is, several things may say: the roster, for the person Moodle or the file names; the
exchange of nbgrader; the copy's own answers. All that say something must agree: otherwise the copy
is left aside, with what each says, for a person to decide. Nobody is ever guessed.
"""

from __future__ import annotations

import filecmp
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.utils import parse_utc

from cinqcles.classroom.book import is_there
from cinqcles.classroom.course import course_directory, nbgrader_config, sources
from cinqcles.classroom.pile import Received, escaped, read_copy, received
from cinqcles.classroom.roster import Person, Roster, read_roster, spellings
from cinqcles.errors import CinqclesError, CopyError
from cinqcles.messages import _, ngettext
from cinqcles.worksheet.answers import Answer, read_notebook
from cinqcles.worksheet.copies import lesson_of, worksheet_of
from cinqcles.worksheet.identity import learner_id

LONGEST_NAME = 255  # of a file or a folder; a longer one is nobody's, and costly to look into
TIMESTAMP = "timestamp.txt"  # where nbgrader keeps when a copy was handed in, in UTC

# What Moodle names the folder of a person's files, or each file: the person, their number in the
# assignment (no underscore before it), and how they handed in.
_MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_(?P<rest>.*)"
)
# What nbgrader names a submission in its exchange; the end is drawn at random.
_EXCHANGE = re.compile(
    r"(?P<student>.+)\+(?P<worksheet>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d .+?)(\+[\w-]{12})?"
)
_MOST_NAMED = 5
_NEVER = datetime.min.replace(tzinfo=UTC)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?( [A-Z]{1,5})?")


class Outcome(Enum):
    """What became of a file."""

    TAKEN = "taken"
    THERE = "already there"
    OLDER = "older"  # a copy of the same learner's, more recent, is taken or there
    OTHER = "other"  # handed in, in the exchange, as another worksheet
    ASIDE = "left aside"


@dataclass(frozen=True)
class Collected:
    """A file of what was collected from, and what was done with it.

    Attributes:
        name: its path there, fit to be shown.
        learner: whose it is; ``None`` if it was left aside.
        said: what was done, and why.
    """

    name: str
    learner: str | None
    outcome: Outcome
    said: str


def collect(
    course: Path,
    worksheet: str,
    source: Path,
    learner: str | None = None,
    roster: Path | None = None,
) -> list[Collected]:
    """Put copies where nbgrader looks for them: ``submitted/<learner>/<worksheet>/``.

    Where several files are one learner's, the one handed in last is taken, if the exchange says
    when they were, or else the one answered last.

    Args:
        source: a ``.ipynb``, a ``.zip`` (Moodle's own, for one), or a folder of them (the inbound
            folder of nbgrader's exchange, for one).
        learner: whose the one copy there is, whatever else says.
        roster: the list of learners, as :func:`~cinqcles.classroom.roster.read_roster` reads it.

    Returns:
        Each file, by name: what was taken first, what was left aside last.

    Raises:
        ClassroomError: there is no such worksheet, or the roster cannot be read.
        CopyError: there is nothing there, or several copies for one learner given.
    """
    target = sources(course, worksheet)[worksheet][0].name
    people = _People(read_roster(roster) if roster else Roster(), _students(course))
    decided = learner_id(learner) if learner else None
    submitted = course / "submitted"
    submitted.mkdir(exist_ok=True)
    # Beside where they go, so that each is moved there whole, or not at all.
    with TemporaryDirectory(prefix=".collect-", dir=submitted) as kept:
        copies, done = _read(source, worksheet, Path(kept), any_notebook=bool(decided))
        found = len(copies) + sum(each.name.lower().endswith(".ipynb") for each in done)
        if decided and found > 1:
            raise CopyError(
                _(
                    "Il faut un seul fichier pour --learner\u00a0; {n} trouvés dans {source}."
                ).format(n=found, source=source)
            )
        if not copies and not done:
            raise CopyError(_("Aucune copie (.ipynb) dans {source}.").format(source=source))
        for copy in copies:
            try:
                copy.learner = decided or people.owner(copy, worksheet)
            except CinqclesError as error:
                done.append(copy.aside(escaped(str(error))))
        theirs = defaultdict(list)
        for copy in copies:
            if copy.learner:
                theirs[copy.learner].append(copy)
        for owner, rivals in theirs.items():
            done += _settle(rivals, submitted / owner / worksheet / target)
    order = list(Outcome)
    return sorted(done, key=lambda each: (order.index(each.outcome), each.name))


# --- What a file is ------------------------------------------------------------------------------


def _given(document: dict[str, Any], worksheet: str) -> list[Answer]:
    answers, _problems = read_notebook(document)
    return [a for a in answers if a.worksheet == worksheet and a.revision]


@dataclass(frozen=True)
class _Place:
    """What the path of a file says of it.

    Attributes:
        moodle: the person and their number, where Moodle named the file or its folder.
        archive: where that is.
        kind: how they handed in, to Moodle: ``file``, ``onlinetext``…
        student: who handed it in, where the exchange did.
        worksheet: as what worksheet.
        entry: the path of the exchange's folder.
        time: when, as that folder's name says.
        names: the other names, of folders and of the file, that may be somebody's.
    """

    moodle: tuple[str, str] | None = None
    archive: tuple[str, ...] = ()
    kind: str = ""
    student: str | None = None
    worksheet: str | None = None
    entry: tuple[str, ...] = ()
    time: str | None = None
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, above: tuple[str, ...], parts: tuple[str, ...]) -> _Place:
        """Of the folders above the pile, only what Moodle and the exchange name is looked at."""
        said: dict[str, Any] = {}
        names = []
        for at, part in enumerate((*above, *parts)):
            if len(part) > LONGEST_NAME:
                continue
            if found := _MOODLE.fullmatch(part):
                said |= {"moodle": (found["name"], found["number"]), "kind": found["kind"]}
                said["archive"] = (*above, *parts)[:at]
                part = found["rest"]  # noqa: PLW2901 - the file's own name, if Moodle made no folder
            elif found := _EXCHANGE.fullmatch(part):
                said |= found.groupdict() | {"entry": (*above, *parts)[: at + 1]}
                continue
            if at >= len(above):
                names.append(re.sub(r"\.(ipynb|zip)$", "", part, flags=re.IGNORECASE))
        return cls(**said, names=tuple(names))


@dataclass
class _Copy:
    """A copy of the worksheet, kept aside while its owner is looked for."""

    name: str
    place: _Place
    file: Path
    given: list[Answer]
    time: datetime | None = None
    learner: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def age(self) -> tuple[datetime, int]:
        """When it was answered last; without an answer, before any other."""
        return max((a.age for a in self.given), default=(_NEVER, 0))

    def aside(self, why: str) -> Collected:
        return Collected(self.name, None, Outcome.ASIDE, " ".join([why, *self.notes]))

    def settled(self, outcome: Outcome, said: str) -> Collected:
        return Collected(self.name, self.learner, outcome, " ".join([said, *self.notes]))


def _read(
    source: Path, worksheet: str, kept: Path, *, any_notebook: bool
) -> tuple[list[_Copy], list[Collected]]:
    """The copies of a worksheet in a pile, and what is to be told of every other file."""
    above = source.resolve().parts if source.is_dir() else source.resolve().parent.parts
    copies: list[_Copy] = []
    done: list[Collected] = []
    elsewhere: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    stamps: dict[tuple[str, ...], str] = {}
    for file in received(source):
        place = _Place.of(above, file.parts)
        if place.worksheet not in (None, worksheet):
            elsewhere[str(place.worksheet)].add(place.entry)
            continue
        if place.entry and file.parts[-1] == TIMESTAMP and not file.refused:
            stamps[place.entry] = file.content[:100].decode(errors="replace").strip()
            continue
        path = kept / str(len(copies))
        try:
            given = _answers(file, place, worksheet, any_notebook=any_notebook)
            path.write_bytes(file.content)
        except CopyError as error:
            done.append(Collected(file.name, None, Outcome.ASIDE, str(error)))
        except OSError as error:
            done.append(Collected(file.name, None, Outcome.ASIDE, _not_put(error)))
        else:
            copies.append(_Copy(file.name, place, path, given))
    for copy in copies:
        if copy.place.entry:
            copy.time, notes = _handed_in(copy.place.time, stamps.get(copy.place.entry))
            copy.notes += notes
    for other, entries in elsewhere.items():
        said = ngettext(
            "{n} remise d’une autre feuille.", "{n} remises d’une autre feuille.", len(entries)
        ).format(n=len(entries))
        done.append(Collected(f"…+{_quoted(other, bare=True)}+…", None, Outcome.OTHER, said))
    return copies, done


def _answers(file: Received, place: _Place, worksheet: str, *, any_notebook: bool) -> list[Answer]:
    """The answers of a copy of the worksheet; raises if it is none, or cannot be read."""
    if place.kind not in ("", "file"):
        raise CopyError(
            _("Ce n’est pas un fichier remis, mais un texte tapé dans Moodle\u00a0: lisez-le là.")
        )
    if file.refused or file.parts[-1] == TIMESTAMP:
        raise CopyError(file.refused or _("Ce n’est pas un cahier (.ipynb)."))
    document = read_copy(file.content)
    given = _given(document, worksheet)
    about = worksheet_of(document)
    if given or about == worksheet:
        return given
    about = about or next((a.worksheet for a in read_notebook(document)[0]), None)
    if about:
        raise CopyError(_("C’est la feuille {name}.").format(name=_quoted(about)))
    if lesson := lesson_of(document):
        raise CopyError(
            _(
                "C’est la leçon {name}, et non la feuille\u00a0: demandez à l’apprenant sa feuille."
            ).format(name=_quoted(lesson))
        )
    if not any_notebook:
        raise CopyError(_no_answer(worksheet))
    return given


def _no_answer(worksheet: str) -> str:
    return _(
        "Aucune réponse à la feuille «\u00a0{worksheet}\u00a0» dans cette copie. Si elle est "
        "d’un de vos apprenants, précisez --learner."
    ).format(worksheet=worksheet)


def _handed_in(named: str | None, stamp: str | None) -> tuple[datetime | None, list[str]]:
    """When a submission was made (UTC), by its folder's name and its ``timestamp.txt``."""
    told = {time for text in (named, stamp) if (time := _utc(text or ""))}
    if not told:
        return None, [_("Son heure de remise est illisible\u00a0: aucun retard ne sera compté.")]
    if len(told) > 1:
        return max(told), [
            _("Son dossier et son timestamp.txt disent deux heures\u00a0: la plus tardive compte.")
        ]
    return max(told), []


def _utc(text: str) -> datetime | None:
    """A time as nbgrader writes it."""
    if _TIME.fullmatch(text):
        with suppress(ValueError, OverflowError):
            time: datetime = parse_utc(text).replace(tzinfo=UTC)
            return time
    return None


def _quoted(text: str, *, bare: bool = False) -> str:
    """A text of unknown origin, fit to be shown."""
    shown = Received((text,)).name
    return shown if bare else f"«\u00a0{shown}\u00a0»"


# --- Whose it is ---------------------------------------------------------------------------------


def _students(course: Path) -> set[str]:
    """The learners in the gradebook, if there is one, and those whose copies are there already."""
    handed_in = {folder.name for folder in (course / "submitted").glob("[!.]*") if folder.is_dir()}
    url = course_directory("", nbgrader_config(course)).db_url
    if not is_there(url):
        return handed_in
    with Gradebook(url) as gradebook:
        return handed_in | {student.id for student in gradebook.students}


class _People:
    """Who may hand in: those of the roster, and those who did or whom the gradebook knows."""

    def __init__(self, roster: Roster, students: set[str]) -> None:
        self.roster = roster
        self.students = students

    def owner(self, copy: _Copy, worksheet: str) -> str:
        """Whose a copy is.

        Raises:
            CopyError: nothing says it, or what does disagrees.
        """
        place = copy.place
        answered = _answered_by(copy.given)
        student = learner_id(place.student) if place.student else None
        claims: list[tuple[str, set[Person]]] = []
        if student:
            said = _("dans l’échange, c’est celle de {who}").format(who=_quoted(student))
            claims.append((said, self._known_as(student)))
        if place.moodle and (found := self._in_moodle(*place.moodle)):
            said = _("dans Moodle, c’est celle de {who}").format(who=_told(place.moodle[0], found))
            claims.append((said, found))
        for name in place.names:
            bare = re.sub(r"\s*\(\d+\)$", "", name).replace(worksheet, "").strip(" -_.")
            if found := self._named(bare):
                said = _("son nom dit {name}").format(name=_told(name, found))
                claims.append((said, found))
        if answered:
            said = _("ses réponses sont celles de {who}").format(who=_quoted(answered))
            claims.append((said, self._known_as(answered)))
        if not claims and place.moodle and (found := self._named(place.moodle[0])):
            # Without a roster, a full name can only be taken for want of anything else.
            claims.append(("", found))
        if not claims:
            raise CopyError(_no_answer(worksheet))
        meant = set.intersection(*(people for _said, people in claims))
        if not meant:
            raise CopyError(
                _(
                    "Désaccord\u00a0: {claims}. Pour trancher, ramassez ce fichier seul, avec "
                    "--learner."
                ).format(claims="\u00a0; ".join(said for said, _people in claims))
            )
        if self.roster.people:
            self._note_strangers(copy, student or answered)
        return answered or student or self._only(meant)

    def _known_as(self, learner: str) -> set[Person]:
        """Whose an identifier may be: whoever the roster gives no identifier of may have any."""
        known = self.roster.known_as(learner)
        return known or {Person(learner, learner), *self.roster.unidentified}

    def _in_moodle(self, name: str, number: str) -> set[Person]:
        return self.roster.numbered(number) or self.roster.named(name)

    def _named(self, name: str) -> set[Person]:
        """Who a file or its folder is named after, of the people known: perhaps nobody."""
        written = set(spellings(name, name, ""))
        found = self.roster.named(name).union(*map(self.roster.known_as, written))
        return found or {Person(each, each) for each in written & self.students}

    def _only(self, meant: set[Person]) -> str:
        if len(meant) > 1:
            raise CopyError(
                _("Plusieurs personnes possibles\u00a0: {names}. Précisez --learner.").format(
                    names=", ".join(sorted(_told(p.name, {p}) for p in meant))
                )
            )
        (person,) = meant
        known = {person.learner} if person.learner else person.spellings & self.students
        if len(known) != 1:
            raise CopyError(
                _(
                    "C’est celle de {who}, dont la liste ne dit pas l’identifiant. Précisez "
                    "--learner."
                ).format(who=_quoted(person.name))
            )
        return str(*known)

    def _note_strangers(self, copy: _Copy, learner: str | None) -> None:
        """Say who the roster does not know, though nothing contradicts it."""
        strangers = []
        if copy.place.moodle and not self._in_moodle(*copy.place.moodle):
            strangers.append(copy.place.moodle[0])
        if learner and not self.roster.known_as(learner):
            strangers.append(learner)
        if strangers:
            copy.notes.append(
                _("Pas dans la liste\u00a0: {names}.").format(
                    names=", ".join(map(_quoted, strangers))
                )
            )


def _answered_by(given: list[Answer]) -> str | None:
    owners = sorted({answer.learner for answer in given})
    if len(owners) > 1:
        raise CopyError(
            _("Plusieurs apprenants dans cette copie\u00a0: {names}. Précisez --learner.").format(
                names=", ".join(_quoted(owner, bare=True) for owner in owners[:_MOST_NAMED])
                + (", …" if len(owners) > _MOST_NAMED else "")
            )
        )
    return learner_id(owners[0]) if owners else None


def _told(name: str, people: set[Person]) -> str:
    """A name as it stands, and who that is in the roster, where it says something else."""
    known = sorted({p.learner or p.name for p in people} - {name})
    return _quoted(name) + (f" ({', '.join(map(_quoted, known))})" if known else "")


# --- Which one is taken --------------------------------------------------------------------------


def _settle(rivals: list[_Copy], target: Path) -> list[Collected]:
    """Put the newest copy of one learner in its place; say what became of each."""
    done: list[Collected] = []
    if why := _several_in_moodle(rivals):
        done += [copy.aside(why) for copy in rivals if copy.place.moodle]
        rivals = [copy for copy in rivals if not copy.place.moodle]
        if not rivals:
            return done
    timed = all(copy.time for copy in rivals)

    def rank(copy: _Copy) -> tuple[datetime, datetime, int]:
        return (copy.time if copy.time and timed else _NEVER, *copy.age)

    latest = max(map(rank, rivals))
    newest, *equals = (copy for copy in rivals if rank(copy) == latest)
    done += [
        copy.settled(Outcome.OLDER, _("Plus ancienne que {name}.").format(name=newest.name))
        for copy in rivals
        if rank(copy) < latest
    ]
    if all(filecmp.cmp(newest.file, copy.file, shallow=False) for copy in equals):
        said = _("Identique à {name}.").format(name=newest.name)
        done += [copy.settled(Outcome.OLDER, said) for copy in equals]
        done.append(_put(newest, target))
    else:
        why = _(
            "Différente d’une autre copie de {who}, et répondue au même instant. Pour trancher, "
            "ramassez la bonne seule, avec --learner."
        ).format(who=_quoted(str(newest.learner)))
        done += [copy.aside(why) for copy in (newest, *equals)]
    return done


def _several_in_moodle(rivals: list[_Copy]) -> str | None:
    """What is wrong, if different people handed in copies of one learner's to Moodle."""
    handed = [(copy.place.archive, *copy.place.moodle) for copy in rivals if copy.place.moodle]
    names = {name for _archive, name, _number in handed}
    # From one assignment to another, a person's number changes; in one, two people have two.
    numbers = {(archive, number) for archive, _name, number in handed}
    if len(names) <= 1 and len(numbers) == len({archive for archive, _number in numbers}):
        return None
    people = sorted({_quoted(f"{name} ({number})", bare=True) for _archive, name, number in handed})
    return _(
        "Les réponses de {who} sont rendues par plusieurs personnes dans Moodle\u00a0: {people}. "
        "Pour trancher, ramassez la bonne copie seule, avec --learner."
    ).format(who=_quoted(str(rivals[0].learner)), people=", ".join(people))


def _put(copy: _Copy, target: Path) -> Collected:
    """Put a copy in its place, unless one more recent is there; say what was done."""
    stamp = target.with_name(TIMESTAMP)
    replaced = target.exists()
    try:
        if replaced:
            since = _stamped(stamp)
            same = filecmp.cmp(copy.file, target, shallow=False)
            if same and copy.time in (None, since):
                return copy.settled(Outcome.THERE, _("Déjà ramassée."))
            if _is_newer(target, since, copy):
                return copy.settled(
                    Outcome.OLDER,
                    _("Laissée de côté\u00a0: une copie plus récente est déjà ramassée."),
                )
        target.parent.mkdir(parents=True, exist_ok=True)
        if copy.time:
            written = copy.file.with_suffix(".time")
            written.write_text(f"{copy.time:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")
            written.replace(stamp)
        elif replaced and stamp.exists():
            stamp.unlink()
            copy.notes.append(_("Son heure de remise n’est pas connue."))
        copy.file.replace(target)
    except OSError as error:
        return copy.aside(_not_put(error))
    if not copy.given:
        copy.notes.append(_("Elle ne contient aucune réponse."))
    return copy.settled(
        Outcome.TAKEN,
        _("Ramassée\u00a0; elle remplace une copie plus ancienne.") if replaced else _("Ramassée."),
    )


def _not_put(error: OSError) -> str:
    return _("Elle n’a pas pu être rangée\u00a0: {error}.").format(error=error)


def _stamped(stamp: Path) -> datetime | None:
    try:
        return _utc(stamp.read_text(encoding="utf-8", errors="replace").strip())
    except FileNotFoundError:
        return None


def _is_newer(there: Path, since: datetime | None, copy: _Copy) -> bool:
    """Whether the copy that is there was handed in, or else answered, after another."""
    if since and copy.time:
        return since > copy.time
    try:
        (file,) = received(there)
        given = _given(read_copy(file.content), there.parent.name)
    except CopyError:  # a broken copy gives way to any other
        return False
    return max((a.age for a in given), default=copy.age) > copy.age
