"""Names of uploaded files: what a stranger's file name becomes before it is stored or shown."""

import re
import unicodedata

LONGEST = 200  # bytes in UTF-8; file systems stop at 255 and browsers may add " (1)"
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
UNSAFE = re.compile(r'[<>:"/\\|?*]')


def safe_name(filename: str, extension: str) -> str:
    """The name under which an upload is shown and downloaded.

    The ending always follows the content (``extension``, with its dot), whatever the sender
    wrote; a second ending inside the name loses its dot ("a.php.jpg" becomes "a_php.jpg").
    Paths, control, zero-width and right-to-left characters are gone; the form is NFC.
    """
    stem = EXTENSION.sub("", _plain(filename))
    while EXTENSION.search(stem):
        head, _, tail = stem.rpartition(".")
        stem = f"{head}_{tail}"
    stem = stem.strip(". ") or "附件"
    stem = RESERVED.sub(r"_\1", stem)
    return _shortened(stem, LONGEST - len(extension)) + extension


def _plain(filename: str) -> str:
    """The last component of the path, in NFC, without characters that do not show."""
    last = re.split(r"[/\\]", filename)[-1]
    text = unicodedata.normalize("NFC", last)
    visible = (c for c in text if unicodedata.category(c)[0] != "C" and c not in "\u2028\u2029")
    return UNSAFE.sub("_", " ".join("".join(visible).split()))


def _shortened(stem: str, limit: int) -> str:
    return stem.encode()[:limit].decode(errors="ignore").rstrip(". ")
