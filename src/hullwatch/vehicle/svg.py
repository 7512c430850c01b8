"""What the drawings of a ship and of its seats share: a line of text, and numbers short enough to read."""

from xml.sax.saxutils import escape

INK = "#1b1f24"


def text(
    x: float, y: float, words: str, *, size: int, weight: int = 400, anchor: str = "start", fill: str = INK
) -> str:
    """An SVG text element; size in px of the picture."""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
        f' fill="{fill}">{escape(words)}</text>'
    )


def number(value: float) -> str:
    """A length to a tenth of a px."""
    return f"{round(value, 1):g}"
