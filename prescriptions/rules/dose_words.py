"""The words doses are written in, brought into one plain form before `dose_text` reads them.

English and the Latin of prescriptions, and the simple forms of German, Dutch, French and Spanish. A word that is not
here stays as it is, and a text with such a word is not read at all.
"""

from __future__ import annotations

import re

NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"
RANGE = rf"(?P<low>{NUMBER})(?: ?(?:-|to|or) ?(?P<high>{NUMBER}))?"

_COUNTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS = {word: str(count) for count, word in enumerate(_COUNTS)} | {"fourteen": "14", "twenty": "20", "thirty": "30"}

UNITS = {
    "tablet": r"tab(?:let)?s?|tabl|tabletten?|comprim[eé]s?|comprimidos?|cp|cpr|caplets?",
    "capsule": r"cap(?:sule)?s?|kapseln?|capsules?|g[eé]lules?|c[aá]psulas?",
    "puff": r"puffs?|inhalations?|hub|h[uü]be|inhalaties?|bouff[eé]es?|actuations?",
    "spray": r"sprays?|squirts?|spr[uü]hst[oö](?:ß|ss)e?",
    "drop": r"drops?|gtts?|tropfen|druppels?|gouttes?|gotas?",
    "ml": r"mls?|millilit(?:er|re)s?",
    "mg": r"mgs?|milligram(?:me)?s?",
    "mcg": r"mcgs?|microgram(?:me)?s?|[µμ]g",
    "g": r"g|gms?|grams?|grammes?",
    "unit": r"units?|iu|i\.e\.|ie",
    "suppository": r"suppositor(?:y|ies)|z[aä]pfchen|zetpil(?:len)?|suppositoires?",
    "pessary": r"pessar(?:y|ies)",
    "patch": r"patch(?:es)?|pflaster|pleisters?",
    "sachet": r"sachets?|beutel",
    "lozenge": r"lozenges?|pastilles?",
    "ampoule": r"ampoules?|nebules?",
}
MASS = {"mg", "mcg", "g", "unit"}
UNIT = "(?:" + "|".join(f"(?P<{name}_>{pattern})" for name, pattern in UNITS.items()) + r")(?![\wµ])"
PLAIN_UNIT = re.sub(r"\(\?P<\w+>", "(?:", UNIT)

# Foreign and abbreviated phrases, each with what it says in plain English. Applied in this order.
_PHRASES: tuple[tuple[str, str], ...] = (
    # German
    (r"\b(ein|zwei|drei|vier|fünf|sechs)mal\b", r"\1 times"),
    (r"\b(\d+) ?mal\b", r"\1 times"),
    (r"\b(?:täglich|tgl\b\.?|pro tag|am tag)", "daily"),
    (r"\bwöchentlich\b|\bpro woche\b", "weekly"),
    (r"\balle (\d+) (?:stunden|std\b\.?|h\b)", r"every \1 hours"),
    (r"\balle (\d+) tage\b", r"every \1 days"),
    (r"\bmorgens\b|\bam morgen\b|\bfrüh\b", "morning"),
    (r"\bmittags\b", "noon"),
    (r"\babends\b|\bam abend\b", "evening"),
    (r"\b(?:zur nacht|nachts|vor dem schlafengehen)\b", "night"),
    (r"\bbei bedarf\b", "as needed"),
    (r"\bfür (\d+) tage?\b", r"for \1 days"),
    (r"\b(?:maximal|höchstens)\b", "maximum"),
    (r"\b(?:zum|zu den|mit den) mahlzeiten\b", "with meals"),
    (r"\bnach dem essen\b|\bmit wasser\b", "with food"),
    (r"\bein(?:e|en)? halbe[nr]?\b", "0.5"),
    (r"\bein(?:e|en)?\b", "1"),
    (r"\bzwei\b", "2"),
    (r"\bdrei\b", "3"),
    (r"\bvier\b", "4"),
    (r"\bund\b", "and"),
    (r"\bhalbe[nr]?\b", "0.5"),
    # Dutch
    (r"\b(\d+|een|twee|drie|vier) ?(?:maal|keer) (?:daags|per dag)\b", r"\1 times daily"),
    (r"\b(?:daags|dagelijks|per dag)\b", "daily"),
    (r"\b(?:om de|elke|iedere) (\d+) uur\b", r"every \1 hours"),
    (r"\bzo nodig\b|\bindien nodig\b", "as needed"),
    (r"'?s? ?\b(?:ochtends|morgens)\b", "morning"),
    (r"'?s? ?\b(?:middags)\b", "noon"),
    (r"'?s? ?\b(?:avonds)\b", "evening"),
    (r"\bvoor de nacht\b|\bvoor het slapen(?:gaan)?\b", "night"),
    (r"\bgedurende (\d+) dagen\b", r"for \1 days"),
    (r"\been\b", "1"),
    (r"\btwee\b", "2"),
    (r"\bdrie\b", "3"),
    (r"\bhalve\b", "0.5"),
    (r"\bmaal\b|\bkeer\b", "times"),
    # French and Spanish
    (r"\b(\d+|une?|deux|trois|quatre) fois (?:par jour|/ ?j(?:our)?)\b", r"\1 times daily"),
    (r"\b(\d+|una|dos|tres|cuatro) ve(?:z|ces) (?:al|por) d[ií]a\b", r"\1 times daily"),
    (r"\bpar jour\b|\bal d[ií]a\b", "daily"),
    (r"\b(?:toutes les|cada) (\d+) (?:heures|horas|h)\b", r"every \1 hours"),
    (r"\b(?:le )?matin\b|\bpor la mañana\b", "morning"),
    (r"\b(?:le |à )?midi\b", "noon"),
    (r"\b(?:le )?soir\b", "evening"),
    (r"\bau coucher\b|\bpor la noche\b", "night"),
    (r"\bsi besoin\b|\bsi es necesario\b", "as needed"),
    (r"\b(?:pendant|durante) (\d+) (?:jours|d[ií]as)\b", r"for \1 days"),
    (r"\bune?\b|\buna\b", "1"),
    (r"\bdeux\b|\bdos\b", "2"),
    (r"\btrois\b|\btres\b", "3"),
    (r"\bet\b", "and"),
    # Latin of prescriptions
    (r"\bb\.?/?[id]\.?(?:d\b\.?)?(?!\w)", "2 times daily"),
    (r"\b(?:t\.?d\.?s|t\.?i\.?d)\b\.?", "3 times daily"),
    (r"\b(?:q\.?d\.?s|q\.?i\.?d)\b\.?", "4 times daily"),
    (r"\bq\.?o\.?d\b\.?|\beod\b|\balt(?:ernis)? die(?:bus)?\b", "every 2 days"),
    (r"\b(?:o\.?d|q\.?d|o\.d\.)(?!\w)\.?", "1 times daily"),
    (r"\bq ?(\d+) ?h(?:r?s?)?\b", r"every \1 hours"),
    (r"\b(?:mane|o\.?m)\b\.?", "morning"),
    (r"\b(?:nocte|q?\.?h\.?s)\b\.?", "night"),
    (r"\bp\.?r\.?n\b\.?|\bpro re nata\b|\bs\.?o\.?s\b\.?", "as needed"),
    # English
    (r"\bat once\b", "immediately"),
    (r"\bonce\b|\b(?:1|one) time\b", "1 times"),
    (r"\btwice\b", "2 times"),
    (r"\bthrice\b", "3 times"),
    (r"\b(?:every other|every second|alternate|each alternate) days?\b", "every 2 days"),
    (r"\b(?:a|per|each|every|in a) day\b|/ ?(?:day|d|24 ?h(?:ou)?rs?|24 ?h)\b", "daily"),
    (r"\bin (?:24|twenty four) ?(?:hours|hrs?|h)\b", "daily"),
    (r"\b(?:a|per|each|every) week\b|/ ?week\b", "weekly"),
)
_SCRIPTS = tuple((re.compile(pattern), said) for pattern, said in _PHRASES)

# What may stand beside a dose without changing how much a day it is.
HARMLESS = re.compile(
    r"(?:take|taken|tak|use|used|insert|inject|inhale|inhaled|instil|instill|put|apply|swallow|give|chew|place|to|be|the|"
    r"and|of|by|mouth|orally|oral|po|rectally|rectal|vaginally|nasally|topically|subcut(?:aneous(?:ly)?)?|sc|iv|im|route|"
    r"into|in|affected|area|areas|left|right|eye|nostril|ear|skin|arm|with|water|as|directed|each|at|on|nehmen|"
    r"einnehmen|innemen|prendre|tomar|de|your|a|dose|then)"
)
ADVICE = re.compile(
    r"\b(?:take|swallow) (?:these|this|the|them|it)(?: (?:tablets?|capsules?|medicine))? "
    r"(?:with or after|with|after|before|whole)(?: (?:or after )?(?:food|meals|water|a glass of water))?"
    r"|\b(?:with or after|with|after|before) (?:or after )?(?:food|milk|a glass of water)\b"
    r"|\bon an empty stomach\b|\bas directed\b"
    r"|\bstarting(?: on)? [a-z]+ \d{1,2},? \d{4}\b"
)


def plain(text: str) -> str:
    """The text in small letters with numbers as digits and known phrases in one form."""
    said = " ".join(
        re.sub(r"(\d) ?½", r"\1.5", text.casefold()).replace("½", "0.5").replace("–", "-").replace("—", " - ").split()
    )
    for word, digit in _NUMBERS.items():
        said = re.sub(rf"\b{word}\b", digit, said)
    said = re.sub(r"\b(\d+) \((\d+)\)", lambda found: found[1] if found[1] == found[2] else found[0], said)
    said = re.sub(r"\b(\d+) (?:and (?:a|1) half|1/2)\b", r"\1.5", said)
    said = re.sub(r"\b(?:a half|half an?|half|1/2)(?= |$|-)", "0.5", said)
    said = re.sub(r"(\d),(\d{1,2})(?!\d)", r"\1.\2", said)
    for pattern, meaning in _SCRIPTS:
        said = pattern.sub(meaning, said)
    for word, digit in _NUMBERS.items():
        said = re.sub(rf"\b{word}\b", digit, said)
    said = re.sub(r"(\d) ?x (?=daily|weekly)", r"\1 times ", said)
    said = re.sub(r"(\d) times (or|to|-) (\d)(?= times)", r"\1 \2 \3", said)
    said = re.sub(rf"\ban? (?={PLAIN_UNIT})", "1 ", said)
    return " ".join(said.split())
