"""YAML as it configures things: several documents, anchors, block text, tags."""

from __future__ import annotations

import textwrap
from functools import partial

from tests.samples import tongues
from tests.samples.sample import Maker, Needle, Sample

_FILES: dict[str, tuple[str, str]] = {
    "compose": (
        """\
        services:
          web:
            image: nginx:1.29
            ports:
              - "8086:80"
        volumes: {}
        """,
        "8086:80",
    ),
    "two documents": (
        """\
        ---
        kind: Service
        metadata: {name: lamp}
        ---
        kind: Deployment
        spec:
          replicas: 7
        ...
        """,
        "replicas: 7",
    ),
    "workflow": (
        """\
        on: [push]
        jobs:
          test:
            runs-on: ubuntu-24.04
            steps:
              - run: make test SEED=5150
        """,
        "make test SEED=5150",
    ),
    "playbook": (
        "- hosts: all\n  become: yes\n  tasks:\n    - name: Öffne Port 4460\n      ufw: {rule: allow}\n",
        "Öffne Port 4460",
    ),
    "anchors": (
        "base: &base\n  retries: 3\nlive:\n  <<: *base\n  region: eu-central-9\n",
        "region: eu-central-9",
    ),
    "block text": (
        "about: |\n  Line one.\n  The deposit is 412 euros.\nend: true\n",
        "The deposit is 412 euros.",
    ),
    "folded text": ("about: >-\n  Bring\n  a towel\n\n  and a whistle\n", "and a whistle"),
    "flow": ("{a: 1, b: [x, y, {deep: 'forty-two'}], c: null}\n", "forty-two"),
    "comments": ("# do not change\nlimit: 30 # was 25 until May\n", "was 25 until May"),
    "tags": ("when: !!timestamp 2026-05-06\nwhere: !place {lat: 61.5}\n", "lat: 61.5"),
    "norway": ("countries: [no, se, dk]\nversion: 1.10\n", "version: 1.10"),
    "times": ("open: 08:30\nclose: 17:45\n", "close: 17:45"),
    "quoted": ("path: 'C:\\Data\\new'\nsaid: \"tab\\there\"\nlast: 'it''s row 9'\n", "C:\\Data\\new"),
    "long keys": ("? the number of\n: 19 doors\n? another\n: value\n", "19 doors"),
    "sets": ("members: !!set\n  ? Ravel\n  ? Satie-1866\n", "Satie-1866"),
    "directive": ("%YAML 1.2\n---\nanswer: 'yes, at gate B12'\n", "yes, at gate B12"),
    "translations": (
        f"de:\n  fact: {tongues.GERMAN.fact}\nru:\n  fact: {tongues.RUSSIAN.fact}\n",
        tongues.RUSSIAN.fact,
    ),
    "broken": ("a: [1, 2\nb: : oops\nc:\tthe tab is here: 77\n", "the tab is here: 77"),
    "openapi": (
        "openapi: 3.1.0\npaths:\n  /tide/{port}:\n    get:\n      summary: Height of tide\n",
        "Height of tide",
    ),
}


def settings(text: str, fact: str, name: str = "settings.yaml", encoding: str = "utf-8") -> Sample:
    text = textwrap.dedent(text)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if fact in row)
    return Sample(name, text.encode(encoding), (Needle(fact, number=line),))


def large() -> Sample:
    text = "".join(f"host{n}:\n  address: 192.0.2.{n % 250}\n  rack: r{n % 40}\n" for n in range(6_000))
    return settings(text + "spare:\n  rack: cellar, shelf 2\n", "cellar, shelf 2", "hosts.yml")


MAKERS: dict[str, Maker] = {
    **{name: partial(settings, *case) for name, case in _FILES.items()},
    "windows, with mark": partial(
        settings, "a: 1\r\nb: grün, 33 %\r\n", "grün, 33 %", "app.yml", "utf-8-sig"
    ),
    "utf-16": partial(settings, "ort: Köln\nplz: 50667\n", "plz: 50667", "ort.yaml", "utf-16"),
    "large": large,
}
