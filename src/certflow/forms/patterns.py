"""Only regular expressions that cannot be made to run for ever (design §5: a form is data from a browser)."""

import re

LONGEST = 200
MOST_OPEN = 3
_QUANTIFIER = re.compile(r"[*+]|\{\d*,?\d*\}")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(\?|.", re.DOTALL)


class UnsafePatternError(ValueError):
    """The pattern is too long, wrong, or could run for ever."""


def compile_pattern(source: str) -> re.Pattern[str]:
    """Compile a field's pattern.

    Refused: more than 200 characters, look-around, flags and back-references, a repeated group that
    itself repeats or chooses, more than three open-ended repeats.
    """
    if len(source) > LONGEST:
        raise UnsafePatternError("too long")
    try:
        compiled = re.compile(source)
    except re.error as error:
        raise UnsafePatternError(str(error)) from error
    _check_repeats(source)
    return compiled


def _check_repeats(source: str) -> None:
    tokens = _tokens(source)
    varied = [False]
    opened = 0
    for index, part in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else ""
        if part == "(?" or (part[0] == "\\" and part[1].isdigit()):
            raise UnsafePatternError("look-around or back-reference")
        if part in {"(", "(?:"}:
            varied.append(False)
        elif part == ")":
            inner = varied.pop()
            if inner and _repeats(after):
                raise UnsafePatternError("nested repeat")
            varied[-1] = varied[-1] or inner
        elif part in {"|", "?"} or _repeats(part):
            varied[-1] = True
            opened += part in {"*", "+"} or part.endswith(",}")
    if opened > MOST_OPEN:
        raise UnsafePatternError("too many repeats")


def _tokens(source: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while place < len(source):
        found = _QUANTIFIER.match(source, place) or _TOKEN.match(source, place)
        token = found[0] if found else source[place]
        tokens.append(token)
        place += len(token)
    return tokens


def _repeats(token: str) -> bool:
    return bool(_QUANTIFIER.fullmatch(token))
