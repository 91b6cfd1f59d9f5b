"""What an upload may be; how a refusal is told stands in `upload_words`. Source: docs/the-gate.md, "Documents"."""

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


def kind_of(name: str, declared: str) -> str:
    """The kind a file's name and declared type agree on, or "" when they name no kind or differ."""
    dot = name.rfind(".")
    kind = KINDS.get(name[dot:].lower(), "") if dot >= 0 else ""
    declared = declared.split(";")[0].strip().lower()
    if not kind or (declared not in UNDECLARED and declared not in DECLARED[kind]):
        return ""
    return kind
