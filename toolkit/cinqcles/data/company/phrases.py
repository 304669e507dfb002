"""What customers write: the French sentences that `inbox` draws its messages from.

A message is ``opening body detail closing``. The body and the detail are the subject's; a body may
name one of the company's products, all masculine singular so that « le », « mon » and « du » fit.
The opening knows the hour (« Bonsoir » after 6 p.m.), the closing the subject's tone. Nobody is
named, except by first names borne by men and women alike and made up for the course.

Everything is built once, as arrays to pick from: fifty thousand messages are then four picks and
three concatenations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cinqcles.data.company.setting import Floats, Places

Texts = npt.NDArray[np.object_]

# After a comma the body goes on in lower case; otherwise it starts a sentence.
OPENINGS_BY_DAY = (
    "Bonjour,", "Bonjour,", "Bonjour à vous,", "Bonjour à toute l’équipe,", "Bonjour Liseron,",
    "Bonjour !", "Bonjour.", "Bonjour à tous,", "",
)  # fmt: skip
OPENINGS_BY_NIGHT = (
    "Bonsoir,", "Bonsoir,", "Bonsoir à vous,", "Bonsoir à toute l’équipe,", "Bonsoir Liseron,",
    "Bonsoir !", "Bonsoir.", "Bonsoir à tous,", "",
)  # fmt: skip

CLOSINGS = {
    "request": (
        "Merci d’avance.", "Merci !", "Merci de votre aide.", "Bien à vous.", "Belle journée.",
        "Pouvez-vous m’aider ?", "Merci pour votre retour.", "Camille", "Dominique", "",
    ),
    "upset": (
        "J’attends une réponse.", "Répondez-moi, s’il vous plaît.", "C’est vraiment décevant.",
        "Merci de faire le nécessaire.", "Ce n’est pas sérieux.", "Cordialement.",
        "Qui peut me répondre ?", "Claude", "Dominique", "",
    ),
    "warm": (
        "Continuez ainsi !", "Bravo à toute l’équipe.", "Mille mercis !", "À très bientôt.",
        "Longue vie à la maison !", "Belle journée à vous.", "Camille", "Sacha", "",
    ),
    "formal": (
        "Cordialement.", "Bien cordialement.", "Dans l’attente de votre réponse.",
        "Merci d’avance.", "Bien à vous.", "Je reste à votre disposition.", "Claude", "Sacha",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Phrases:
    """How customers write on one subject: the tone of the closing, bodies and details."""

    tone: str
    bodies: tuple[str, ...]
    details: tuple[str, ...]


PHRASES = {
    "livraison": Phrases(
        "request",
        (
            "Je n’ai toujours pas reçu mon {}.",
            "Mon colis avec le {} est annoncé comme livré, mais je n’ai rien reçu.",
            "Où en est la livraison de mon {} ?",
            "Le suivi de mon colis n’a pas bougé depuis lundi.",
            "J’ai commandé un {} et je n’ai aucune nouvelle du transporteur.",
            "Le point relais a renvoyé mon colis avant que je puisse aller le chercher.",
            "Est-il possible de changer l’adresse de livraison de mon {} ?",
            "Il manque le {} dans le colis que je viens de recevoir.",
            "Quand mon {} doit-il arriver en Belgique ?",
            "Le lien de suivi que vous m’avez envoyé ne fonctionne pas.",
        ),
        (
            "",
            "La commande date d’il y a dix jours.",
            "C’est un cadeau, et l’anniversaire est samedi.",
            "Je peux vous redonner le numéro de commande.",
            "Je vous écris à ce sujet pour la première fois.",
            "Je pars en vacances à la fin de la semaine.",
        ),
    ),
    "compte client": Phrases(
        "request",
        (
            "Je n’arrive plus à me connecter à mon compte.",
            "Le lien pour changer mon mot de passe ne fonctionne pas.",
            "Mes points de fidélité ont disparu après l’achat de mon {}.",
            "Ma carte a été débitée deux fois pour un {}.",
            "Comment modifier l’adresse électronique de mon compte ?",
            "Je voudrais recevoir la facture de mon {}.",
            "Le paiement est refusé quand je veux commander un {}.",
            "Je souhaite supprimer mon compte et mes données.",
            "Ma commande de {} n’apparaît pas dans mon espace client.",
            "Mon compte est bloqué.",
        ),
        (
            "",
            "Je vous écris depuis mon téléphone.",
            "J’aimerais que ce soit réglé cette semaine.",
            "Je vous ai déjà écrit la semaine dernière.",
            "Je n’ai rien trouvé dans l’aide de votre site.",
            "Pouvez-vous vous en occuper ?",
        ),
    ),
    "service après-vente": Phrases(
        "request",
        (
            "Mon {} est arrivé cassé.",
            "J’ai reçu un {} qui n’est pas celui que j’ai commandé.",
            "Comment vous renvoyer un {} qui ne me convient pas ?",
            "L’emballage de mon {} était ouvert à la réception.",
            "Je voudrais échanger mon {} contre un autre parfum.",
            "Je n’ai pas encore été remboursé du {} que je vous ai renvoyé.",
            "Mon {} sent le rance alors qu’il est neuf.",
            "L’étiquette de retour de mon {} ne s’imprime pas.",
            "Mon {} a fondu dans son carton.",
        ),
        (
            "",
            "Je peux vous envoyer une photo.",
            "J’ai le numéro de commande sous les yeux.",
            "Dites-moi ce que je dois faire.",
            "La commande est à mon nom.",
            "J’ai gardé l’emballage.",
        ),
    ),
    "réclamation": Phrases(
        "upset",
        (
            "C’est la troisième fois que je vous écris sans obtenir de réponse.",
            "Personne ne répond à mes messages au sujet de mon {}.",
            "On me renvoie d’un service à l’autre depuis dix jours.",
            "Vous répondez aux compliments, mais pas aux problèmes.",
            "Votre service client ne répond ni ici ni par courriel.",
            "J’ai expliqué mon problème de {} à trois personnes différentes.",
            "Vous avez lu mon message il y a une semaine, et depuis plus rien.",
            "Vous publiez tous les jours, mais vous ne répondez jamais.",
            "On m’a promis un rappel pour mon {}, et personne n’a appelé.",
        ),
        (
            "",
            "Ce n’est pas normal pour une maison comme la vôtre.",
            "J’ai l’impression de parler à un mur.",
            "Il doit bien y avoir quelqu’un qui s’en occupe.",
            "Je finirai par commander ailleurs.",
            "Mon premier message date du début du mois.",
        ),
    ),
    "conseil produit": Phrases(
        "request",
        (
            "Le {} convient-il aux peaux sensibles ?",
            "Y a-t-il des huiles essentielles dans le {} ?",
            "Combien de temps dure un {} ?",
            "Comment conserver le {} entre deux utilisations ?",
            "Peut-on utiliser le {} pour un enfant de trois ans ?",
            "J’hésite entre le {} et le savon d’Alep, que me conseillez-vous ?",
            "Le {} est-il adapté à une eau très calcaire ?",
            "Quelle est la différence entre le {} et un savon ordinaire ?",
            "Le {} contient-il de l’huile de palme ?",
        ),
        (
            "",
            "Je voudrais le savoir avant de commander.",
            "C’est pour toute la famille.",
            "Je n’ai pas trouvé la réponse sur votre site.",
            "Je n’y connais pas grand-chose.",
            "C’est ma première commande chez vous.",
        ),
    ),
    "promotion": Phrases(
        "request",
        (
            "Le code de réduction ne marche pas sur le {}.",
            "Jusqu’à quand dure l’offre sur le {} ?",
            "Comment participer au concours pour gagner un {} ?",
            "Y aura-t-il des soldes sur le {} cette année ?",
            "L’offre « deux achetés, un offert » vaut-elle pour le {} ?",
            "Quand annoncez-vous les gagnants du concours ?",
            "Proposez-vous une réduction pour les étudiants ?",
            "Peut-on cumuler le code de bienvenue et la promotion sur le {} ?",
        ),
        (
            "",
            "J’ai vu l’annonce hier.",
            "Je prépare mes cadeaux de fin d’année.",
            "Votre dernière publication n’est pas claire.",
            "Je ne voudrais pas manquer la date.",
            "Plusieurs amis me posent la question.",
        ),
    ),
    "marque": Phrases(
        "request",
        (
            "Où fabriquez-vous le {} ?",
            "Peut-on visiter votre atelier ?",
            "D’où vient l’idée du {} ?",
            "Vos emballages sont-ils recyclables ?",
            "Depuis quand votre maison existe-t-elle ?",
            "Le {} est-il fabriqué à la main ?",
            "Avec quels producteurs travaillez-vous pour le {} ?",
            "Testez-vous vos produits sur les animaux ?",
        ),
        (
            "",
            "Je prépare un article pour le journal de mon école.",
            "J’aime savoir ce que j’achète.",
            "La vidéo de l’atelier m’a donné envie d’en savoir plus.",
            "C’est important pour moi.",
            "Nous passons dans la région cet été.",
        ),
    ),
    "compliment": Phrases(
        "warm",
        (
            "Votre {} est une merveille.",
            "Je ne peux plus me passer du {}.",
            "Toute la famille a adopté le {}.",
            "J’ai offert votre {} à ma mère, elle est ravie.",
            "Enfin un {} qui ne me dessèche pas la peau !",
            "Votre tutoriel sur le {} m’a beaucoup aidé.",
            "Le {} sent divinement bon.",
            "Quel plaisir de recevoir un {} si joliment emballé !",
        ),
        (
            "",
            "Je voulais simplement vous le dire.",
            "Je l’ai déjà conseillé autour de moi.",
            "C’est ma troisième commande.",
            "On sent le travail bien fait.",
            "Ne changez rien.",
        ),
    ),
    "disponibilité": Phrases(
        "request",
        (
            "Le {} est-il bientôt de retour en stock ?",
            "Le {} est en rupture depuis des semaines.",
            "Dans quelle boutique puis-je trouver le {} ?",
            "Avez-vous arrêté le {} ?",
            "Le {} existe-t-il en grand format ?",
            "Pouvez-vous me prévenir quand le {} sera disponible ?",
            "Le {} est-il vendu en recharge ?",
        ),
        (
            "",
            "Je n’en ai presque plus.",
            "Votre site dit que le produit est épuisé.",
            "J’en prendrais trois.",
            "J’habite près de Lyon.",
            "J’aimerais l’offrir à Noël.",
        ),
    ),
    "revendeurs": Phrases(
        "formal",
        (
            "Je tiens une épicerie et j’aimerais vendre votre {}.",
            "Quels sont vos tarifs professionnels pour le {} ?",
            "Notre hôtel cherche un fournisseur de {} pour ses chambres.",
            "À partir de quelle quantité livrez-vous le {} aux boutiques ?",
            "Pourriez-vous m’envoyer votre catalogue pour les revendeurs ?",
            "Nous voudrions offrir un {} à chacun de nos salariés.",
        ),
        (
            "",
            "Nous ouvrons au printemps.",
            "Nous avons deux adresses en Bretagne.",
            "Il nous en faudrait deux cents.",
            "Un échantillon nous aiderait à choisir.",
            "J’ai déjà rempli votre formulaire.",
        ),
    ),
    "recrutement": Phrases(
        "formal",
        (
            "Recrutez-vous en ce moment à l’atelier ?",
            "Je cherche un stage de deux mois dans une savonnerie.",
            "À qui adresser une candidature pour la boutique ?",
            "Proposez-vous des contrats d’apprentissage ?",
            "J’ai postulé le mois dernier et je souhaite savoir où en est mon dossier.",
            "Avez-vous besoin de renfort pour les fêtes ?",
        ),
        (
            "",
            "Je suis disponible dès septembre.",
            "Je termine une formation en cosmétique.",
            "Je peux vous envoyer mon curriculum vitæ.",
            "Votre façon de travailler me plaît beaucoup.",
            "Je vis à vingt minutes de l’atelier.",
        ),
    ),
    "presse": Phrases(
        "formal",
        (
            "J’écris un article sur les savonneries artisanales.",
            "Pourriez-vous m’envoyer une photo du {} en haute définition ?",
            "Notre émission souhaite filmer la fabrication du {}.",
            "Qui puis-je joindre pour un entretien ?",
            "Nous préparons un dossier sur les cosmétiques solides.",
            "Avez-vous un dossier de presse sur le {} ?",
        ),
        (
            "",
            "Nous bouclons vendredi.",
            "Ce serait pour la fin du mois.",
            "Quelques lignes suffiraient.",
            "Un entretien par téléphone me convient.",
            "Nous pouvons venir chez vous.",
        ),
    ),
}


class Choice(NamedTuple):
    """What one part of a message may be, subject after subject: where each one's texts begin."""

    texts: Texts
    first: Places
    size: Places


class Pool(NamedTuple):
    """Everything that may be written on some subjects, ready to be picked."""

    bodies: Choice
    bodies_in_lower_case: Choice
    details: Choice
    closings: Choice


def typeset(text: str) -> str:
    """The spaces that French typography asks for around two-part punctuation."""
    return re.sub(r"(?<=«) | (?=[»?!:;])", "\u00a0", text)


def _array(texts: Iterable[str]) -> Texts:
    return np.array(list(texts), dtype=object)


def _choice(by_subject: list[list[str]]) -> Choice:
    size = np.array([len(texts) for texts in by_subject])
    return Choice(_array(chain.from_iterable(by_subject)), np.cumsum(size) - size, size)


@cache
def openings() -> tuple[Texts, Texts]:
    """By day and by night; what is not empty ends with a space."""
    by_day, by_night = (
        _array(typeset(text) + " " if text else "" for text in texts)
        for texts in (OPENINGS_BY_DAY, OPENINGS_BY_NIGHT)
    )
    return by_day, by_night


@cache
def pool(subjects: tuple[str, ...], products: tuple[str, ...]) -> Pool:
    """Everything that may be written on some subjects, each body with each product it can name."""

    def after(texts: tuple[str, ...]) -> list[str]:
        return [" " + typeset(text) if text else "" for text in texts]

    listed = [PHRASES[subject] for subject in subjects]
    bodies = [
        [
            typeset(body.format(product))
            for body in phrases.bodies
            for product in (products if "{}" in body else products[:1])
        ]
        for phrases in listed
    ]
    return Pool(
        _choice(bodies),
        _choice([[body[0].lower() + body[1:] for body in texts] for texts in bodies]),
        _choice([after(phrases.details) for phrases in listed]),
        _choice([after(CLOSINGS[phrases.tone]) for phrases in listed]),
    )


def write(
    subjects: tuple[str, ...],
    products: tuple[str, ...],
    subject: Places,
    by_night: npt.NDArray[np.bool_],
    u: Floats,
) -> Texts:
    """Messages, one for each given subject.

    Parameters
    ----------
    subjects : tuple of str, keys of ``PHRASES``
    products : tuple of str
    subject : array(int, ndim=1), the place of each message's subject in ``subjects``
    by_night : array(bool, ndim=1), whether each message is sent after 6 p.m.
    u : array(float, shape (4, n)), uniform on [0, 1): the picks

    Returns
    -------
    array(object, ndim=1) of texts
    """
    day, night = openings()
    texts = pool(subjects, products)
    opens = (u[0] * len(day)).astype(np.intp)
    opening = np.where(by_night, night[opens], day[opens])
    goes_on = np.array([text.endswith(",") for text in OPENINGS_BY_DAY])[opens]

    def picked(choice: Choice, row: Floats) -> Texts:
        places = choice.first[subject] + (row * choice.size[subject]).astype(np.intp)
        return np.asarray(choice.texts[places])

    body = np.where(goes_on, picked(texts.bodies_in_lower_case, u[1]), picked(texts.bodies, u[1]))
    return np.asarray(opening + body + picked(texts.details, u[2]) + picked(texts.closings, u[3]))
