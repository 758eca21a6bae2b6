"""Words in pictures, read in a child of the workshop. The model stays loaded as long as the child lives.

Its weights are files of the installed package and are named one by one, so nothing is looked for elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtai.core.errors import NotConfigured, NotReady
from vtai.providers.reading.ocr_layout import Line, in_reading_order
from vtai.providers.reading.ocr_places import upright
from vtai.providers.reading.picture_legible import legible
from vtai.providers.reading.picture_open import explained, weigh
from vtai.providers.reading.picture_pixels import flattened

if TYPE_CHECKING:
    import numpy as np
    from rapidocr import RapidOCR

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]

INSTALL_HINT = "Install VT.ai with its embedded models: pip install 'vtai[embedded]'."
_PARTS = ("rapidocr", "onnxruntime", "cv2")
_FINDER, _TURNER, _READER = (
    "PP-OCRv6_det_small.onnx",
    "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "PP-OCRv6_rec_small.onnx",
)

# Lines are looked for at this size, and read from the picture in its own.
_FINDING_SIDE = 1_280
_BORDER = 24
_PIECE_HEIGHT, _PIECE_OVERLAP = 2_300, 160
_USUAL_BUDGET_S = 60.0
# A line with a lower score is noise. Where the longest lines score less than the second, the page may be
# upside down.
_LEAST_SCORE, _SURE_SCORE = 0.5, 0.9
_TRIED_LINES = 8
_LINES_AT_ONCE = 16


def is_installed() -> bool:
    """Whether words can be read here. Looks for the packages and imports none."""
    return all(find_spec(part) is not None for part in _PARTS)


def lines(payload: bytes, options: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """`text` of a PNG or JPEG in reading order, and `facts` about it for people.

    `name` is for errors, `most_s` the seconds after which no further line is read, `finds_codes` adds what QR
    codes and barcodes say to the facts. Raises BadAttachment, NotConfigured or NotReady.
    """
    from PIL import Image

    name = str(options.get("name") or "The picture")
    if not is_installed():
        raise NotConfigured("The part that reads words in pictures is not installed.", INSTALL_HINT)
    with explained(name):
        picture = Image.open(BytesIO(payload), formats=("PNG", "JPEG"))
        weigh(name, picture.size, "JPEG" if picture.format == "JPEG" else "PNG")
        page, is_cut = legible(flattened(picture, is_legible=True))
    pixels = _pixels(page)
    facts = _codes(pixels) if options.get("finds_codes") else []
    found, is_whole = _read(pixels, float(options.get("most_s", _USUAL_BUDGET_S)))
    if is_cut or not is_whole:
        facts.append("there was too much text: not all of it was read")
    return {"text": in_reading_order(found), "facts": facts}, b""


def _pixels(page: Any) -> Pixels:
    """Blue, green, red, with a border of the colour at the edge, as the finder wants them."""
    import numpy as np

    plain = np.asarray(page)[:, :, ::-1]
    border = ((_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0))
    return np.ascontiguousarray(np.pad(plain, border, mode="edge"))


def _codes(pixels: Pixels) -> list[str]:
    from vtai.providers.reading.ocr_codes import codes

    return codes(pixels)


def _read(pixels: Pixels, most_s: float) -> tuple[list[Line], bool]:
    """The lines with their places on the upright page, and whether time allowed for all of them."""
    import numpy as np

    end = time.monotonic() + most_s
    engine = _engine()
    boxes, crops = _found(engine, pixels)
    if not crops:
        return [], True
    is_sideways = _is_sideways(boxes)
    if is_sideways:
        # The finder turns tall boxes already.
        crops = [crop if _is_tall(box) else np.rot90(crop) for box, crop in zip(boxes, crops, strict=True)]
    is_flipped = _is_flipped(engine, crops)
    if is_flipped:
        crops = [np.rot90(crop, 2) for crop in crops]
    places = upright([box.tolist() for box in boxes], pixels.shape[:2], is_sideways, is_flipped)
    made: list[Line] = []
    for start in range(0, len(crops), _LINES_AT_ONCE):
        if time.monotonic() > end:
            return made, False
        group = slice(start, start + _LINES_AT_ONCE)
        for place, (text, score) in zip(places[group], _words(engine, crops[group]), strict=True):
            if score >= _LEAST_SCORE and text.strip():
                made.append(Line(text.strip(), *place))
    return made, True


def _found(engine: RapidOCR, pixels: Pixels) -> tuple[list[Any], list[Any]]:
    """Corners and pixels of all lines. Tall pages are looked through in pieces; a line belongs to one."""
    import numpy as np
    from rapidocr.main import RapidOCRError

    boxes: list[Any] = []
    crops: list[Any] = []
    height = pixels.shape[0]
    step = _PIECE_HEIGHT - _PIECE_OVERLAP
    tops = range(0, max(height - _PIECE_OVERLAP, 1), step)
    for top in tops:
        piece = pixels[top : top + _PIECE_HEIGHT]
        try:
            cut, where = engine.detect_and_crop(piece, {})
        except RapidOCRError:  # its way to say that there is no text
            continue
        first = 0.0 if top == 0 else _PIECE_OVERLAP / 2
        last = _PIECE_HEIGHT if top == tops[-1] else _PIECE_HEIGHT - _PIECE_OVERLAP / 2
        for box, crop in zip(where.boxes if where.boxes is not None else (), cut, strict=True):
            if first <= float(box[:, 1].mean()) < last and min(crop.shape[:2]) > 0:
                boxes.append(box + np.array([0, top]))
                crops.append(crop)
    return boxes, crops


def _words(engine: RapidOCR, crops: Sequence[Any]) -> list[tuple[str, float]]:
    read = engine.recognize_txt(list(crops))
    return [(text, float(score)) for text, score in zip(read.txts or (), read.scores or (), strict=True)]


def _is_tall(box: Any) -> bool:
    """By the measure with which the finder turns a line."""
    width = float(((box[0] - box[1]) ** 2).sum() ** 0.5)
    height = float(((box[0] - box[3]) ** 2).sum() ** 0.5)
    return height >= 1.5 * width


def _is_sideways(boxes: Sequence[Any]) -> bool:
    """Whether most of what is written runs up or down the page."""
    lengths = [(float(max(box.max(axis=0) - box.min(axis=0))), _is_tall(box)) for box in boxes]
    return sum(length for length, is_tall in lengths if is_tall) > sum(length for length, _ in lengths) / 2


def _is_flipped(engine: RapidOCR, crops: Sequence[Any]) -> bool:
    """Whether the longest lines make more sense upside down."""
    import numpy as np

    longest = sorted(crops, key=lambda crop: -crop.shape[1] / crop.shape[0])[:_TRIED_LINES]
    score = _sense(_words(engine, longest))
    return score < _SURE_SCORE and _sense(_words(engine, [np.rot90(crop, 2) for crop in longest])) > score


def _sense(read: Sequence[tuple[str, float]]) -> float:
    """The mean score, long lines weighing more."""
    weights = sum(len(text) for text, _ in read)
    return sum(score * len(text) for text, score in read) / weights if weights else 0.0


@cache
def _engine() -> RapidOCR:
    """The engine, built once a child: one thread, no memory kept for later, weights from the package."""
    import cv2
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    if missing := [name for name in (_FINDER, _READER) if not (models / name).is_file()]:
        raise NotReady(f"The reader of words lacks its model {missing[0]}.", INSTALL_HINT)
    cv2.setNumThreads(1)
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_preprocess_img": False,
            "Global.use_vertical_padding": False,
            "Det.model_path": str(models / _FINDER),
            "Cls.model_path": str(models / _TURNER),
            "Rec.model_path": str(models / _READER),
            "Det.limit_type": "max",
            "Det.limit_side_len": _FINDING_SIDE,
            # One line at a time is as fast, and takes half of the memory.
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
        }
    )
