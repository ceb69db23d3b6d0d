"""A still with the name of a scan and the settings of its run, to begin a video with."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SECONDS = 2.0  # that it is shown
_PAPER, _INK, _FAINT = (242, 244, 248), (38, 43, 51), (96, 104, 116)
_LARGE, _SMALL, _MARGIN = 0.08, 0.04, 0.08  # of the picture's height
_SMALLEST = 8  # pixels


def title_card(name: str, lines: Sequence[str], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The name in large letters and the lines below it, wrapped to fit; (H, W, 3) for a width and height."""
    width, height = size
    picture = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(picture)
    margin = _MARGIN * height
    below = margin
    for text, share, ink in ((name, _LARGE, _INK), *((line, _SMALL, _FAINT) for line in lines)):
        font = ImageFont.load_default(max(_SMALLEST, share * height))
        wrapped = _wrapped(text, font, width - 2 * margin)
        draw.multiline_text((margin, below), wrapped, fill=ink, font=font, spacing=0.3 * share * height)
        below = draw.multiline_textbbox((margin, below), wrapped, font=font, spacing=0.3 * share * height)[3]
        below += 0.8 * share * height
    return np.asarray(picture)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> str:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
