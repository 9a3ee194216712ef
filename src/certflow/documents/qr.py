"""QR codes as vectors: SVG for pages, a filled path for PDF."""

import io

import segno
from reportlab.pdfgen.canvas import Canvas


def svg(content: str, size_mm: float = 25) -> str:
    """An <svg> element for a page, ``size_mm`` wide without its quiet zone of four modules.

    Black on white whatever the page's colours are, so that every reader finds it.
    """
    code = segno.make(content, error="m", micro=False)
    modules = code.symbol_size(border=0)[0]
    out = io.BytesIO()
    code.save(
        out,
        kind="svg",
        border=4,
        scale=size_mm / modules,
        unit="mm",
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgns=True,
        nl=False,
        title=content,
    )
    return out.getvalue().decode()


def draw(canvas: Canvas, content: str, x: float, y: float, size: float) -> None:
    """Fill a code of ``size`` points with its lower left corner at (x, y), in the present colour.

    The caller leaves four modules free around it. Dark modules of a row that touch become one
    rectangle, and all rectangles one path: no hairlines between them.
    """
    matrix = segno.make(content, error="m", micro=False).matrix
    module = size / len(matrix)
    path = canvas.beginPath()
    for row, cells in enumerate(matrix):
        start = None
        for column, dark in enumerate([*cells, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                top = y + size - row * module
                path.rect(x + start * module, top - module, (column - start) * module, module)
                start = None
    canvas.drawPath(path, stroke=0, fill=1)
