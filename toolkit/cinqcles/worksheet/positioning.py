"""Where a learner stands before the course, and after: two forms of one test, on one scale.

Ten questions with a right answer, two for each key. Form A is taken on entering, form B on leaving:
question by question they are twins, about the same thing and as hard, in another setting, so that
what is compared is the learner and not their memory. Each right answer counts for one; « Je ne sais
pas » is offered, and counts for none.

The entry test never shows its answers: it says where to take care. The exit test explains each of
its own. Neither is graded, so their keys may stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import pandas as pd
from pydantic import JsonValue

from cinqcles.messages import _, ngettext
from cinqcles.strategy import KEYS
from cinqcles.worksheet.questions import BaseQuestion, Choice

FormName = Literal["A", "B"]
DONT_KNOW = "?"
PER_KEY = 2
"""Questions for each key: its score goes from 0 to that."""


class Positioning(BaseQuestion):
    """The whole test as one question.

    Value: ``{"answers": {question id: option id}, "finished": whether it was handed in}``.
    """

    kind: Literal["positioning"] = "positioning"
    form: FormName

    def check(self, value: JsonValue) -> str | None:
        if is_finished(value):
            return None
        left = [n for n, name in enumerate(items(self.form), 1) if name not in answers(value)]
        if left:
            return ngettext(
                "Il reste {n} question : n° {numbers}. Si vous hésitez trop, cochez « Je ne sais "
                "pas » : c’est une réponse utile.",
                "Il reste {n} questions : n° {numbers}. Si vous hésitez trop, cochez « Je ne sais "
                "pas » : c’est une réponse utile.",
                len(left),
            ).format(n=len(left), numbers=", ".join(map(str, left)))
        return _("Tout est rempli. Cliquez sur « Terminer le test » : vos réponses seront figées.")

    def describe(self, value: JsonValue) -> str:
        given = answers(value)
        said = [
            f"{n}. {choice.options[given[name]] if name in given else '…'}"
            for n, (name, choice) in enumerate(items(self.form).items(), 1)
        ]
        return "\n".join(said)


@dataclass(frozen=True)
class Result:
    """What a finished test says.

    Attributes
    ----------
    scores : for each key, from 0 to ``PER_KEY``
    time : when it was handed in
    """

    scores: dict[int, int]
    time: datetime

    @property
    def total(self) -> int:
        return sum(self.scores.values())


def items(form: FormName) -> dict[str, Choice]:
    """The questions of a form, by id, in order: the same ids, keys and places in both.

    >>> list(items("A")) == list(items("B"))
    True
    >>> items("A")["c4-1"].id
    'c4-1'
    """
    return {
        f"c{twins.key}-{twins.place}": twins.asked(form)
        for twins in sorted(_TWINS, key=lambda each: (each.place, each.key))
    }


def key_of(name: str) -> int:
    """The key a question is about.

    >>> key_of("c4-1")
    4
    """
    return int(name[1])


def answers(value: JsonValue) -> dict[str, str]:
    """What was answered so far, as far as it fits: ``{question id: option id}``."""
    given = value.get("answers") if isinstance(value, dict) else None
    given = given if isinstance(given, dict) else {}
    return {
        name: option
        for name in (f"c{twins.key}-{twins.place}" for twins in _TWINS)
        if isinstance(option := given.get(name), str) and option in _OPTIONS
    }


def is_finished(value: JsonValue) -> bool:
    """Whether the test was handed in, every question answered."""
    return (
        isinstance(value, dict)
        and value.get("finished") is True
        and len(answers(value)) == len(_TWINS)
    )


def result(form: FormName, value: JsonValue, time: datetime) -> Result | None:
    """The scores of a test; None while it is not finished.

    Examples
    --------
    >>> from datetime import UTC
    >>> right = {name: choice.answer for name, choice in items("B").items()}
    >>> result("B", {"answers": right, "finished": True}, datetime(2026, 1, 10, tzinfo=UTC)).total
    10
    """
    if not is_finished(value):
        return None
    given = answers(value)
    scores = dict.fromkeys(KEYS, 0)
    for name, choice in items(form).items():
        scores[key_of(name)] += given[name] == choice.answer
    return Result(scores, time)


def progress(entry: Result, leaving: Result) -> pd.DataFrame:
    """What changed from one test to the other.

    Returns
    -------
    DataFrame(int), a row a key: ``entry``, ``exit`` and ``change``, in right answers out of
    ``PER_KEY``

    Examples
    --------
    >>> from datetime import UTC
    >>> day = datetime(2026, 1, 10, tzinfo=UTC)
    >>> before, after = Result(dict.fromkeys(KEYS, 0), day), Result(dict.fromkeys(KEYS, 2), day)
    >>> progress(before, after)["change"].sum()
    np.int64(10)
    """
    table = pd.DataFrame(
        {"entry": entry.scores, "exit": leaving.scores}, index=pd.Index(KEYS, name="key")
    )
    return table.assign(change=table["exit"] - table["entry"])


# ---------------------------------------------------------------------- the questions


class _Asked(NamedTuple):
    """A question as it is written: the options with what is said of each, the right one first.

    ``shown`` is the place of the right one among them on screen, from 0.
    """

    prompt: str
    right: tuple[str, str]
    wrong: tuple[tuple[str, str], tuple[str, str], tuple[str, str]]
    shown: int


_OPTIONS = ("a", "b", "c", "d", DONT_KNOW)


@dataclass(frozen=True)
class _Twins:
    key: int
    place: int
    forms: tuple[_Asked, _Asked]

    def asked(self, form: FormName) -> Choice:
        asked = self.forms["AB".index(form)]
        options = [*asked.wrong]
        options.insert(asked.shown, asked.right)
        options.append((_("Je ne sais pas"), ""))
        return Choice(
            id=f"c{self.key}-{self.place}",
            prompt=asked.prompt,
            options={name: text for name, (text, _why) in zip(_OPTIONS, options, strict=True)},
            why={name: why for name, (_text, why) in zip(_OPTIONS, options, strict=True)},
            answer=_OPTIONS[asked.shown],
        )


_TWINS = (
    # An objective says what should change, by how much and by when.
    _Twins(1, 1, (
        _Asked(
            _("Une boulangerie se lance sur les réseaux. Lequel de ces objectifs dit ce qui doit "
              "changer, de combien et pour quand ?"),
            (_("Passer de 20 à 40 commandes par mois venues des réseaux d’ici à juin"), ""),
            (
                (_("Être visible sur Instagram et sur Facebook dès cette année"), ""),
                (_("Publier trois fois par semaine sur chaque réseau, sans exception, toute "
                   "l’année"), ""),
                (_("Créer une communauté fidèle, à l’image de la maison"), ""),
            ),
            2,
        ),
        _Asked(
            _("Un club de sport prépare sa présence en ligne. Lequel de ces objectifs dit ce qui "
              "doit changer, de combien et pour quand ?"),
            (_("Passer de 50 à 80 inscriptions en ligne par mois d’ici à septembre"),
             _("Un point de départ, une cible, une échéance : on pourra vérifier.")),
            (
                (_("Donner du club une image plus jeune et plus moderne"),
                 _("Rien ne dira si l’image a changé, ni quand on doit le vérifier.")),
                (_("Mettre en ligne deux vidéos par semaine toute l’année"),
                 _("C’est ce que le club fera, pas ce que cela changera.")),
                (_("Ouvrir un compte sur chaque réseau connu avant l’été"),
                 _("Être présent est un moyen : reste à dire pourquoi.")),
            ),
            0,
        ),
    )),
    # What people write about decides what the account is for.
    _Twins(1, 2, (
        _Asked(
            _("Une marque a ouvert un compte pour présenter ses produits. Beaucoup de messages y "
              "parlent de livraisons en retard. Que faire d’abord ?"),
            (_("Décider qui répond à ces messages, et en faire un des buts du compte"), ""),
            (
                (_("Publier davantage, pour que ces messages se voient moins"), ""),
                (_("Inviter ces personnes à écrire ailleurs : ce compte n’est pas là pour cela"),
                 ""),
                (_("Fermer les commentaires, le temps que les livraisons reprennent"), ""),
            ),
            1,
        ),
        _Asked(
            _("Un musée a créé une page pour annoncer ses expositions. Beaucoup de messages y "
              "demandent un remboursement. Que faire d’abord ?"),
            (_("Désigner qui répond à ces demandes, et l’ajouter à ce que la page doit faire"),
             _("Le public décide de ce dont il parle : il faut quelqu’un pour lui répondre.")),
            (
                (_("Rappeler en tête de page qu’elle ne sert qu’à annoncer les expositions"),
                 _("Les demandes viendront quand même, et resteront sans réponse.")),
                (_("Annoncer plus d’expositions, pour équilibrer les sujets"),
                 _("Publier plus n’ôte rien aux demandes, que plus de monde verra sans réponse.")),
                (_("Masquer les demandes pour l’instant, puis les traiter quand l’équipe aura le "
                   "temps"),
                 _("Une demande masquée reste une demande, et personne n’en est chargé.")),
            ),
            3,
        ),
    )),
    # One team, and one only, answers for a subject.
    _Twins(2, 1, (
        _Asked(
            _("Le service client et le marketing sont tous deux garants du sujet « livraison ». "
              "Que risque-t-il d’arriver ?"),
            (_("Chacun croit que l’autre s’en occupe, et des messages restent sans réponse"), ""),
            (
                (_("Rien de fâcheux : deux équipes surveillent mieux qu’une seule, et se "
                   "relaient"), ""),
                (_("Le marketing répond à tout, puisque c’est lui qui ouvre le canal"), ""),
                (_("Les clients reçoivent leur réponse deux fois plus vite"), ""),
            ),
            3,
        ),
        _Asked(
            _("Dans un hôtel, trois équipes savent répondre aux réclamations, et aucune n’en est "
              "garante. À quoi s’attendre ?"),
            (_("Des réclamations restent en attente, et personne n’en rend compte"),
             _("Savoir répondre ne suffit pas : une équipe, et une seule, doit en rendre compte.")),
            (
                (_("Les réclamations avancent vite, puisque trois équipes savent bien les traiter"),
                 _("Chacune peut laisser faire les deux autres.")),
                (_("La première équipe qui en voit une devient garante pour de bon"),
                 _("Rien ne le décide : la suivante peut rester là, vue par tous.")),
                (_("Il n’y a pas de risque tant que les messages sont bien lus"),
                 _("Un message lu par tous peut n’avoir de réponse de personne.")),
            ),
            1,
        ),
    )),
    # Sharing the load shortens waiting without hiring.
    _Twins(2, 2, (
        _Asked(
            _("Deux équipes de même taille ont chacune leurs canaux. À certaines heures l’une est "
              "débordée et l’autre attend. Comment faire moins attendre, sans recruter ?"),
            (_("Réunir les messages : le premier libre qui sait répondre prend le suivant"), ""),
            (
                (_("Fixer à chaque équipe un délai à tenir sur ses propres canaux, même aux "
                   "heures pleines"), ""),
                (_("Envoyer partout une réponse automatique de remerciement"), ""),
                (_("Échanger les canaux des deux équipes une semaine sur deux"), ""),
            ),
            0,
        ),
        _Asked(
            _("Une mairie a trois guichets en ligne, chacun avec ses agents. Les files sont très "
              "inégales d’une heure à l’autre. Comment faire moins attendre, sans recruter ?"),
            (_("Une file commune : chaque demande va au premier agent libre qui sait la traiter"),
             _("Les moments creux des uns servent alors les heures pleines des autres.")),
            (
                (_("Demander à chaque guichet d’afficher son propre temps d’attente"),
                 _("Le temps affiché est le même : les files restent inégales.")),
                (_("Faire passer les agents d’un guichet à l’autre chaque mois"),
                 _("Les files changent d’une heure à l’autre, pas d’un mois à l’autre.")),
                (_("Répondre automatiquement que la demande est bien arrivée"),
                 _("C’est courtois, mais la vraie réponse n’arrive pas plus tôt.")),
            ),
            2,
        ),
    )),
    # The objective comes before the tool.
    _Twins(3, 1, (
        _Asked(
            _("Votre directrice veut un agent conversationnel : « tout le monde en a un ». Que "
              "demandez-vous en premier ?"),
            (_("Lequel de nos objectifs servirait-il, et comment le verrions-nous ?"), ""),
            (
                (_("Combien coûterait-il par mois, installation comprise ?"), ""),
                (_("Lequel nos concurrents ont-ils choisi cette année ?"), ""),
                (_("Qui pourrait l’installer, et en combien de temps ?"), ""),
            ),
            1,
        ),
        _Asked(
            _("Un associé veut passer toute la communication en vidéos courtes, « parce que tout "
              "le monde s’y met ». Que demandez-vous en premier ?"),
            (_("Que doivent-elles changer pour nous, et à quoi le verrons-nous ?"),
             _("L’objectif d’abord : l’outil se juge sur ce qu’il change.")),
            (
                (_("Quel matériel faut-il, et combien de temps demande chaque vidéo ?"),
                 _("C’est utile, mais seulement si elles servent un objectif.")),
                (_("Sur quelle plateforme sont-elles le plus regardées ?"),
                 _("La plus regardée n’est pas forcément celle de votre public.")),
                (_("Quelles marques de notre secteur en publient déjà ?"),
                 _("Les autres ont leurs objectifs : les imiter n’en donne pas un.")),
            ),
            3,
        ),
    )),
    # Doubt calls for a trial, not for a long commitment.
    _Twins(3, 2, (
        _Asked(
            _("Deux outils se suivent de près dans votre classement. En changeant un peu le poids "
              "d’un critère, ils échangent leurs places. Qu’en concluez-vous ?"),
            (_("Le classement est fragile : mieux vaut essayer avant de s’engager"), ""),
            (
                (_("Il faut retirer ce critère, puisqu’il change le résultat"), ""),
                (_("Il faut garder l’ordre du premier calcul, qui fait foi"), ""),
                (_("Il faut prendre les deux outils, puisqu’ils se valent"), ""),
            ),
            2,
        ),
        _Asked(
            _("Un outil nouveau vous tente, mais rien ne dit encore que votre public l’adoptera. "
              "On vous offre un essai de deux mois, ou un contrat de trois ans moins cher par "
              "mois. Que choisissez-vous ?"),
            (_("L’essai : on apprend d’abord, et l’on peut encore renoncer"),
             _("Quand on doute, pouvoir renoncer vaut plus qu’une remise.")),
            (
                (_("Le contrat : à la longue, chaque mois y coûte moins cher"),
                 _("Sauf si l’outil ne sert à rien : trois ans seraient alors payés pour rien.")),
                (_("Le contrat : attendre laisserait l’avance aux concurrents"),
                 _("L’essai commence tout aussi tôt.")),
                (_("Ni l’un ni l’autre : ce qui est nouveau passera de mode"),
                 _("Ce n’est pas plus sûr que le contraire : l’essai sert à le savoir.")),
            ),
            0,
        ),
    )),
    # Below a minimum, spending is not felt: fewer channels, served well.
    _Twins(4, 1, (
        _Asked(
            _("Vous avez 3 000 € pour six canaux possibles. Aucun ne produit d’effet en dessous de "
              "1 000 €. Que faites-vous ?"),
            (_("Choisir deux ou trois canaux, à 1 000 € au moins chacun"), ""),
            (
                (_("Donner 500 € à chacun des six, pour ne pas se tromper"), ""),
                (_("Partager selon le nombre d’abonnés de chaque compte"), ""),
                (_("Donner 800 € à trois canaux, et 200 € à chacun des trois autres"), ""),
            ),
            3,
        ),
        _Asked(
            _("Vous avez 4 000 € pour cinq canaux possibles. Aucun ne produit d’effet en dessous "
              "de 1 500 €. Que faites-vous ?"),
            (_("Choisir deux canaux, à 2 000 € chacun"),
             _("Les deux dépassent 1 500 € : tout l’argent produit un effet.")),
            (
                (_("Donner 800 € à chacun des cinq"),
                 _("Les cinq restent sous 1 500 € : rien ne produit d’effet.")),
                (_("Donner 1 200 € à trois canaux, et 400 € à un quatrième"),
                 _("Même les trois premiers restent sous 1 500 €.")),
                (_("Partager selon le nombre d’abonnés de chaque compte"),
                 _("Le nombre d’abonnés ne dit pas quelle dépense produit un effet.")),
            ),
            1,
        ),
    )),
    # Where customers and business are, rather than where everybody is.
    _Twins(4, 2, (
        _Asked(
            _("Un grand réseau réunit beaucoup de monde, mais peu de vos clients. Un autre, bien "
              "plus petit, en réunit la plupart. Où commencez-vous ?"),
            (_("Sur le plus petit, là où sont vos clients"), ""),
            (
                (_("Sur le plus grand, qui offre le plus de chances"), ""),
                (_("Sur les deux, à parts égales, pour comparer"), ""),
                (_("Sur un troisième, que vos concurrents n’occupent pas"), ""),
            ),
            0,
        ),
        _Asked(
            _("Instagram vous apporte l’essentiel de vos commandes, et chaque euro y rapporte plus "
              "qu’ailleurs. On vous propose d’ouvrir quatre autres comptes, à budget égal. Que "
              "répondez-vous ?"),
            (_("Rester sur Instagram tant que l’euro suivant y rapporte le plus"),
             _("Là où sont déjà votre public et vos ventes, se disperser coûte.")),
            (
                (_("Ouvrir les quatre, pour ne pas dépendre d’un seul réseau"),
                 _("À budget égal, chacun recevrait trop peu pour compter.")),
                (_("Ouvrir seulement celui qui a le plus d’utilisateurs"),
                 _("Le plus fréquenté n’est pas forcément celui de votre public.")),
                (_("Ouvrir ceux où vos concurrents ont un compte"),
                 _("Leur public et leurs objectifs ne sont pas les vôtres.")),
            ),
            2,
        ),
    )),
    # A rate has a denominator.
    _Twins(5, 1, (
        _Asked(
            _("Une publication a touché 2 000 personnes, et 100 ont réagi. Une autre en a touché "
              "10 000, et 200 ont réagi. Laquelle fait le plus réagir ceux qui la voient ?"),
            (_("La première : 5 % de réactions, contre 2 %"), ""),
            (
                (_("La seconde : 200 réactions, contre 100"), ""),
                (_("La seconde : elle a touché cinq fois plus de monde"), ""),
                (_("On ne peut pas le dire sans le nombre d’abonnés"), ""),
            ),
            2,
        ),
        _Asked(
            _("Une publication a touché 500 personnes, et 40 ont réagi. Une autre en a touché "
              "4 000, et 160 ont réagi. Laquelle fait le plus réagir ceux qui la voient ?"),
            (_("La première : 8 % de réactions, contre 4 %"),
             _("On divise les réactions par les personnes touchées.")),
            (
                (_("On ne peut pas le dire sans le nombre d’abonnés"),
                 _("Les abonnés n’ont pas tous vu ces publications : ils ne servent pas ici.")),
                (_("La seconde : elle a touché huit fois plus de monde"),
                 _("C’est sa portée ; la question porte sur ceux qui réagissent parmi eux.")),
                (_("La seconde : 160 réactions, contre 40"),
                 _("Elle a aussi été vue par bien plus de monde : il faut diviser.")),
            ),
            0,
        ),
    )),
    # Attention and money, rather than likes.
    _Twins(5, 2, (
        _Asked(
            _("Vidéo A : 300 €, 100 heures regardées, 5 000 mentions J’aime. Vidéo B : 300 €, 300 "
              "heures regardées, 800 mentions J’aime. Laquelle obtient le plus d’attention pour "
              "son argent ?"),
            (_("La B : une heure regardée y coûte 1 €, contre 3 € pour la A"), ""),
            (
                (_("La A : elle a six fois plus de mentions J’aime"), ""),
                (_("Ni l’une ni l’autre : elles ont coûté autant"), ""),
                (_("On ne peut pas le dire sans le nombre de vues"), ""),
            ),
            1,
        ),
        _Asked(
            _("Vidéo A : 400 €, 400 heures regardées, 600 mentions J’aime. Vidéo B : 400 €, 80 "
              "heures regardées, 9 000 mentions J’aime. Laquelle obtient le plus d’attention pour "
              "son argent ?"),
            (_("La A : une heure regardée y coûte 1 €, contre 5 € pour la B"),
             _("L’argent divisé par le temps regardé : c’est ce que coûte l’attention.")),
            (
                (_("Ni l’une ni l’autre : elles ont coûté autant"),
                 _("À coût égal, l’une a été regardée cinq fois plus longtemps.")),
                (_("On ne peut pas le dire sans le nombre de vues"),
                 _("Les heures regardées comptent déjà toutes les vues.")),
                (_("La B : elle a quinze fois plus de mentions J’aime"),
                 _("Une mention J’aime se donne en passant : elle ne dit rien du temps regardé.")),
            ),
            3,
        ),
    )),
)  # fmt: skip
