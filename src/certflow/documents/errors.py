"""What can stop a document from being issued."""

from certflow.core.errors import AppError
from certflow.core.text import Text


class MissingGlyph(AppError):
    """No font at hand can draw these characters; a document with holes must not be issued."""

    status = 422

    def __init__(self, characters: str) -> None:
        codes = ", ".join(f"{c} (U+{ord(c):04X})" for c in characters)
        super().__init__(
            Text(
                f"字体里没有这些字：{codes}。请管理员在字体文件夹里补一个含这些字的 TTF 字体，再重新生成。",
                f"The fonts lack these characters: {codes}. Ask an administrator to put a TTF font that "
                "has them into the fonts folder, then issue the document again.",
            )
        )
        self.characters = characters


class FontsMissing(AppError):
    """The font files are not installed."""

    status = 500

    def __init__(self, folder: str) -> None:
        super().__init__(
            Text(
                f"字体文件夹 {folder} 里缺少字体，请先运行 make setup。",
                f"Fonts are missing from {folder}. Run make setup first.",
            )
        )
