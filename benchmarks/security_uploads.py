"""Hostile names of files, and what the largest files cost in memory (F1, F3)."""

import unicodedata

from benchmarks.uploads import cost, largest, picture
from certflow.core.errors import Invalid
from certflow.core.screening import screen
from factories.probing.tally import Tally

MOST_MIB, MOST_SECONDS = 250, 8.0
"""core/screening.py promises near 240 MB a file."""
HEAVIEST = ("png 25 Mpx", "pdf inflating to 260 MB (refused)")
NAMES = (
    "../../etc/passwd.jpg", "..\\..\\windows\\win.ini", "/etc/passwd", "C:\\boot.ini", "photo.jpg/..",
    "photo.php", "photo.php.jpg", "photo.php\x00.jpg", "photo.jpg\x00.php", "photo.jpg.", "photo.jpg ",
    "photo.jpg::$DATA", "CON", "NUL.jpg", "aux.png", "COM1", "a" * 4096, "证" * 300 + ".jpg",
    "photo\u202egpj.exe", "photo\u2066.jpg", "\u200bphoto.jpg", "pho\nto.jpg", "pho\rto.jpg",
    'a"; filename="evil.exe', "a\r\nSet-Cookie: x=1", "<script>alert(1)</script>.jpg", "%2e%2e%2fx.jpg",
    ".htaccess", ".", "..", "", " ", "-rf.jpg", "~/.ssh/id_rsa", "$(id).jpg", "`id`.jpg", "|id.jpg",
    "photo.jpg;.html", "photo.svg", "photo.html", "\ufeffphoto.jpg", "photo\uff0ejpg", "\ud800.jpg",
)  # fmt: skip


def names() -> Tally:
    """Screen an honest picture under each name: what is kept is a plain name of a picture."""
    found, content = Tally(), picture()
    for name in NAMES:
        try:
            kept = screen(content, name).name
        except Invalid:
            kept = "refused.jpg"
        found.note(f"{name[:40]!r} became {kept[:40]!r}", right=_plain(kept))
    return found


def _plain(name: str) -> bool:
    odd = [one for one in name if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    path = {"/", "\\", "\x00"} & set(name)
    return (
        not odd and not path and name.endswith(".jpg") and 4 < len(name) <= 200 and name[0] != "."
    )


def heaviest(*, quick: bool) -> Tally:
    """Screen the largest files, each in a fresh process: growth of its memory, its CPU time."""
    found = Tally()
    for what, content in largest().items():
        if quick and what not in HEAVIEST:
            continue
        spent = cost(content)
        print(f"  {what}: {spent['mib']} MiB, {spent['seconds']} s")
        right = spent["mib"] <= MOST_MIB and spent["seconds"] <= MOST_SECONDS
        found.note(f"{what}: {spent}", right=right)
    return found
