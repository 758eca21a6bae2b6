"""JSON of interfaces, programs and devices: indented, packed, line by line, and not quite valid."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample


def dumped(
    value: Any, *facts: str, name: str = "data.json", encoding: str = "utf-8", **options: Any
) -> Sample:
    text = json.dumps(value, **{"ensure_ascii": False, **options})
    return Sample(name, text.encode(encoding), tuple(Needle(fact) for fact in facts))


def written(text: str, *facts: str, name: str = "data.json") -> Sample:
    return Sample(name, text.encode(), tuple(Needle(fact) for fact in facts))


def people(count: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {
            "id": n,
            "name": f"Person {n}",
            "tags": ["a", "b"],
            "score": n / 8,
            "at": {"city": "Graz", "zip": f"{8000 + n}"},
        }
        for n in range(count)
    ]
    made[count * 2 // 3]["name"] = "Wilhelmina Okonkwo-Ruiz"
    return made


def lines(count: int, newline: str = "\n", name: str = "events.jsonl") -> Sample:
    rows = [json.dumps(row) for row in people(count)]
    number = count * 2 // 3 + 1
    text = newline.join(rows) + newline
    return Sample(name, text.encode(), (Needle("Wilhelmina Okonkwo-Ruiz", number=number),))


_PACKAGE = {
    "name": "tide-table",
    "version": "3.11.4",
    "scripts": {"build": "tsc -p ."},
    "dependencies": {"left-pad": "^1.3.0", "react": "19.2.0"},
    "engines": {"node": ">=22.9"},
}
_GEO = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [7.6586, 45.9763]},
            "properties": {"name": "Matterhorn", "height": 4478},
        }
    ],
}
_OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Parcel service", "version": "8.2"},
    "paths": {
        "/parcels/{id}": {
            "get": {"summary": "Where a parcel is", "responses": {"418": {"description": "is tea"}}}
        }
    },
}
_NESTED: Any = "the innermost box holds 3 marbles"
for _ in range(40):
    _NESTED = {"box": _NESTED}
_TREE = {
    "root": {
        "left": {"left": None, "right": {"value": 6174}},
        "right": [[[1, 2], [3, [4, [5, "sixth floor"]]]]],
    }
}
_COMMENTED = '{\n  // how long to wait\n  "patience": 4250, /* ms */\n  "colour": "#5f9ea0",\n}\n'
_NOTEBOOK_OF_CHAT = [
    {"role": "user", "content": "Where is the key?"},
    {"role": "assistant", "content": 'Under the mat.\nThe code is "1903".'},
]

MAKERS: dict[str, Maker] = {
    "indented": partial(dumped, _PACKAGE, "3.11.4", ">=22.9", indent=2, name="package.json"),
    "tabs": partial(dumped, _PACKAGE, "19.2.0", indent="\t"),
    "packed": partial(dumped, people(400), "Wilhelmina Okonkwo-Ruiz", separators=(",", ":")),
    "packed, large": partial(dumped, people(20_000), "Wilhelmina Okonkwo-Ruiz", separators=(",", ":")),
    "lines": partial(lines, 300),
    "lines, windows": partial(lines, 60, "\r\n", "events.ndjson"),
    "lines called json": partial(lines, 90, "\n", "export.json"),
    "many lines": partial(lines, 15_000),
    "map": partial(dumped, _GEO, "Matterhorn", "4478", "45.9763", name="peaks.geojson"),
    "interface": partial(dumped, _OPENAPI, "Where a parcel is", "is tea", indent=4),
    "deep": partial(dumped, _NESTED, "the innermost box holds 3 marbles"),
    "mixed tree": partial(dumped, _TREE, "6174", "sixth floor", indent=1),
    "many alphabets": partial(
        dumped,
        {"ja": tongues.JAPANESE.text, "ru": tongues.RUSSIAN.text},
        tongues.JAPANESE.fact,
        tongues.RUSSIAN.fact,
    ),
    "escapes": partial(
        dumped, {"city": "Łódź", "clef": "𝄞", "note": "room 318"}, "room 318", ensure_ascii=True
    ),
    "escaped alphabets": partial(
        dumped, {"ru": tongues.RUSSIAN.text}, tongues.RUSSIAN.fact, ensure_ascii=True, indent=2
    ),
    "mark": partial(dumped, {"année": 1789, "mois": "thermidor"}, "thermidor", "1789", encoding="utf-8-sig"),
    "utf-16": partial(dumped, {"Straße": "Am Grün 14"}, "Am Grün 14", encoding="utf-16"),
    "text only": partial(dumped, "just one sentence about 88 geese", "about 88 geese"),
    "numbers": partial(
        dumped,
        {"big": 12345678901234567890123, "small": 6.02e-23, "row": list(range(500))},
        "12345678901234567890123",
    ),
    "empty parts": partial(
        dumped, {"a": {}, "b": [], "c": None, "d": "", "e": "not empty: 12"}, "not empty: 12"
    ),
    "line breaks inside": partial(dumped, _NOTEBOOK_OF_CHAT, "Under the mat.", indent=2),
    "comments and commas": partial(written, _COMMENTED, "4250", "#5f9ea0"),
    "not a number": partial(written, '{"mean": NaN, "max": Infinity, "unit": "kilopond"}', "kilopond"),
    "same name twice": partial(written, '{"k": "first 1", "k": "second 2", "end": "last of 3"}', "last of 3"),
    "several in a row": partial(written, '{"n": 1}\n\n{\n  "n": 2,\n  "t": "twenty-two"\n}\n', "twenty-two"),
    "cut off": partial(written, '{"items": [{"sku": "TRK-90", "left": 4}, {"sku": "TRK-91", "le', "TRK-90"),
}
