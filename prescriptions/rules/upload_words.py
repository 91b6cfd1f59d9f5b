"""What a customer reads about a file of theirs: why it can't be taken, and what would make a picture readable.

Apart from the numbers in `uploads` and `quality`, which the cleaning process reads with nothing else in its memory.
"""

from pharmacy.texts import gettext_noop as _

SENTENCES = {
    "too_big": _("The file is larger than 10 MB. Please send a smaller photo or scan."),
    "empty": _("The file is empty. Please choose it again."),
    "wrong_type": _("We can read PDF, JPEG, PNG, TIFF and HEIC. This file is something else."),
    "unreadable": _("We could not read the file. Please take a new photo or scan."),
    "encrypted": _("The PDF is protected with a password. Please send it without one."),
    "too_many_pages": _("The file has more than 50 pages. Please send the prescription alone."),
    "too_many_pixels": _("The picture is too large to open. Please send a smaller one."),
    "too_heavy": _("The file could not be opened safely. Please take a new photo."),
    "virus": _("Our scanner found something harmful in the file."),
    "incomplete": _("The upload was cut off. Please send the file again."),
    "replaced": _("You replaced this file with another one."),
}

ADVICE = {
    "dark": _("It is too dark. Go to a window or switch a lamp on."),
    "faint": _("The writing is too faint. Take it in better light, from straight above."),
    "blurred": _("It is blurred. Hold still and tap the paper to focus."),
    "small": _("It is too small to read. Go closer, or send the original picture."),
    "cropped": _("Something is cut off at the edge. Show the whole paper."),
    "blank": _("The page is blank."),
}


def sentence(code: str) -> str:
    """What the customer reads about a refused file."""
    return SENTENCES.get(code, SENTENCES["unreadable"])
