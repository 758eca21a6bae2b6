"""What can be told about a picture without understanding it: its form, its date, its camera, its colours.

Each fact is a phrase for people. What comes from the file is cut to one short line.
"""

from __future__ import annotations

import colorsys
import re
from collections import Counter
from typing import TYPE_CHECKING

from vtai.providers.reading.picture_frames import MOST_FRAMES
from vtai.providers.reading.picture_open import FOREIGN, Kind

if TYPE_CHECKING:
    from PIL import Image

_NAMES: dict[Kind, str] = {"WEBP": "WebP", "HEIF": "HEIC"}
_MAKE, _MODEL, _DATE, _EXIF, _GPS, _TAKEN = 0x010F, 0x0110, 0x0132, 0x8769, 0x8825, 0x9003
_EXIF_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d)")
_PLACE_IN_XMP = re.compile(rb"GPS(?:Latitude|Longitude|Position)|Iptc4xmpCore:Location|photoshop:City")
_LONGEST_NAME = 60
_SAMPLE_SIDE = 64
_MOST_COLOURS, _LEAST_SHARE = 4, 0.06
# Where one colour of the wheel ends and the next begins, in degrees.
_HUES = (
    (14, "red"),
    (42, "orange"),
    (66, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (342, "pink"),
    (360, "red"),
)


def form(kind: Kind, size: tuple[int, int], size_bytes: int) -> str:
    """What format the picture has, and how large it is; `size` in pixels, upright."""
    what = "drawing" if kind == "SVG" else "picture"
    return f"{_NAMES.get(kind, kind)} {what}, {size[0]} x {size[1]} pixels, {_weight(size_bytes)}"


def number_of(kind: Kind, count: int) -> list[str]:
    """How many pages or frames there are, where there are several."""
    if count < 2:
        return []
    number = f"at least {count}" if count >= MOST_FRAMES else str(count)
    return [f"{number} pages" if kind == "TIFF" else f"an animation of {number} frames"]


def colours(picture: Image.Image) -> list[str]:
    """The colours of most of an RGB picture."""
    return [f"main colours: {', '.join(names)}"] if (names := main_colours(picture)) else []


def main_colours(picture: Image.Image) -> list[str]:
    """The names of the colours that fill most of an RGB picture, the largest first."""
    from PIL import Image

    sample = picture.resize((_SAMPLE_SIDE, _SAMPLE_SIDE), Image.Resampling.BOX)
    counted: Counter[str] = Counter()
    for number, colour in sample.getcolors(_SAMPLE_SIDE * _SAMPLE_SIDE) or ():
        counted[_name_of(colour)] += number
    least = _SAMPLE_SIDE * _SAMPLE_SIDE * _LEAST_SHARE
    return [name for name, number in counted.most_common(_MOST_COLOURS) if number >= least]


def from_camera(picture: Image.Image) -> list[str]:
    """Date, camera, and that there is a place, as far as they can be read. The place itself is never told."""
    try:
        exif = picture.getexif()
        taken = exif.get_ifd(_EXIF).get(_TAKEN) or exif.get(_DATE)
        camera = _camera(exif.get(_MAKE), exif.get(_MODEL))
        has_place = bool(exif.get_ifd(_GPS)) or _PLACE_IN_XMP.search(_xmp(picture)) is not None
    except FOREIGN:
        return []
    said = []
    if isinstance(taken, str) and (found := _EXIF_DATE.match(taken)):
        year, month, day, hour, minute = found.groups()
        said.append(f"dated {year}-{month}-{day} {hour}:{minute}")
    if camera:
        said.append(f"taken with {camera}")
    if has_place:
        said.append("holds the place where it was taken, which is not passed on")
    return said


def _name_of(colour: object) -> str:
    red, green, blue = colour if isinstance(colour, tuple) else (0, 0, 0)
    hue, light, strength = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    spread = (max(red, green, blue) - min(red, green, blue)) / 255
    if light < 0.1:
        return "black"
    if light > 0.93:
        return "white"
    if spread < 0.1 or strength < 0.12:
        return "dark grey" if light < 0.35 else "light grey" if light > 0.7 else "grey"
    name = next(name for end, name in _HUES if hue * 360 <= end)
    if name in {"red", "orange", "yellow"} and light < 0.38 and hue * 360 > 10:
        return "brown" if name != "yellow" else "olive"
    return f"dark {name}" if light < 0.25 else f"light {name}" if light > 0.78 else name


def _camera(make: object, model: object) -> str:
    make, model = _one_line(make), _one_line(model)
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _one_line(value: object) -> str:
    """Text from a file, without what is no letter or sign."""
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_NAME]


def _xmp(picture: Image.Image) -> bytes:
    found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp") or b""
    return found.encode() if isinstance(found, str) else bytes(found)


def _weight(size_bytes: int) -> str:
    if size_bytes < 1_000:
        return f"{size_bytes} bytes"
    if size_bytes < 1_000_000:
        return f"{round(size_bytes / 1_000)} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
