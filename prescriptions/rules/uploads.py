"""What an upload may be, and how a refusal is told. Source: docs/the-gate.md, "Documents"."""

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 10
MAX_A_DAY = 60
MAX_PAGES = 50
MAX_PIXELS = 40_000_000
PAGE_LONGEST = 2400

# Extension -> what the file must turn out to be when it is really read.
KINDS = {
    ".pdf": "pdf",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".heic": "heif",
    ".heif": "heif",
}
DECLARED = {
    "pdf": {"application/pdf"},
    "jpeg": {"image/jpeg", "image/jpg", "image/pjpeg"},
    "png": {"image/png"},
    "tiff": {"image/tiff"},
    "heif": {"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"},
}
UNDECLARED = {"", "application/octet-stream"}

SENTENCES = {
    "too_big": "The file is larger than 10 MB. Please send a smaller photo or scan.",
    "empty": "The file is empty. Please choose it again.",
    "wrong_type": "We can read PDF, JPEG, PNG, TIFF and HEIC. This file is something else.",
    "unreadable": "We could not read the file. Please take a new photo or scan.",
    "encrypted": "The PDF is protected with a password. Please send it without one.",
    "too_many_pages": "The file has more than 50 pages. Please send the prescription alone.",
    "too_many_pixels": "The picture is too large to open. Please send a smaller one.",
    "too_heavy": "The file could not be opened safely. Please take a new photo.",
    "virus": "Our scanner found something harmful in the file.",
    "incomplete": "The upload was cut off. Please send the file again.",
    "replaced": "You replaced this file with another one.",
}


def kind_of(name: str, declared: str) -> str:
    """The kind a file's name and declared type agree on, or "" when they name no kind or differ."""
    dot = name.rfind(".")
    kind = KINDS.get(name[dot:].lower(), "") if dot >= 0 else ""
    declared = declared.split(";")[0].strip().lower()
    if not kind or (declared not in UNDECLARED and declared not in DECLARED[kind]):
        return ""
    return kind


def sentence(code: str) -> str:
    """What the customer reads about a refused file."""
    return SENTENCES.get(code, SENTENCES["unreadable"])
