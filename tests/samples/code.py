"""Source code in twenty-odd languages: short files, each with a line that a question would be about."""

from __future__ import annotations

import textwrap
from functools import partial

from tests.samples.sample import Maker, Needle, Sample

# File name, source, the line to find.
_SOURCES: tuple[tuple[str, str, str], ...] = (
    (
        "rates.py",
        '''\
        """Exchange rates."""
        from decimal import Decimal

        FALLBACK = Decimal("1.0873")  # of 4 March

        def convert(amount: Decimal, rate: Decimal = FALLBACK) -> Decimal:
            return (amount * rate).quantize(Decimal("0.01"))
        ''',
        'FALLBACK = Decimal("1.0873")  # of 4 March',
    ),
    (
        "debounce.js",
        (
            "export const debounce = (fn, ms = 340) => {\n  let t;\n  return (...a) => { "
            "clearTimeout(t); };\n};\n"
        ),
        "ms = 340",
    ),
    (
        "user.ts",
        "interface User<T extends string = 'guest'> {\n  readonly id: T;\n  maxSeats?: 12;\n}\n",
        "maxSeats?: 12;",
    ),
    (
        "Card.tsx",
        (
            'export const Card = () => (\n  <article className="card">\n    <h2>Seat 14C</'
            "h2>\n  </article>\n);\n"
        ),
        "<h2>Seat 14C</h2>",
    ),
    (
        "Ledger.java",
        (
            "package org.example;\n\npublic final class Ledger {\n    private static final "
            "int MAX_ROWS = 65_521;\n}\n"
        ),
        "MAX_ROWS = 65_521",
    ),
    (
        "ring.c",
        (
            "#include <stdint.h>\n\n/* Größe: must be a power of two */\n#define RING_SIZE "
            "2048u\n\nstatic uint8_t ring[RING_SIZE];\n"
        ),
        "#define RING_SIZE 2048u",
    ),
    (
        "matrix.hpp",
        (
            "#pragma once\ntemplate <typename T, int N>\nclass Matrix {\n  static_assert(N "
            '<= 17, "too large");\n};\n'
        ),
        "static_assert(N <= 17",
    ),
    (
        "Startup.cs",
        "using System;\r\n\r\nnamespace Shop;\r\n\r\npublic record Tax(decimal Rate = 0.077m);\r\n",
        "Rate = 0.077m",
    ),
    (
        "main.go",
        'package main\n\nimport "time"\n\nconst patience = 90 * time.Second\n\nfunc main() {}\n',
        "const patience = 90 * time.Second",
    ),
    (
        "lib.rs",
        "#[derive(Debug)]\npub enum Gate { Open, Shut { code: u16 } }\n\npub const MASTER: u16 = 0x2f1d;\n",
        "pub const MASTER: u16 = 0x2f1d;",
    ),
    (
        "queue.rb",
        "# frozen_string_literal: true\n\nclass Queue\n  RETRIES = 6\n  def push(x) = @items << x\nend\n",
        "RETRIES = 6",
    ),
    (
        "mail.php",
        "<?php\ndeclare(strict_types=1);\n\n$smtp = ['host' => 'mail.example.org', 'port' => 2525];\n",
        "'port' => 2525",
    ),
    (
        "View.swift",
        (
            "import SwiftUI\n\nstruct Badge: View {\n  let corner: CGFloat = 13.5\n  var "
            "body: some View { EmptyView() }\n}\n"
        ),
        "corner: CGFloat = 13.5",
    ),
    (
        "Repo.kt",
        "data class Page(val size: Int = 48, val next: String? = null)\n\nfun main() = println(Page())\n",
        "size: Int = 48",
    ),
    (
        "Job.scala",
        'object Job extends App {\n  val partitions = 211\n  println(s"$partitions parts")\n}\n',
        "val partitions = 211",
    ),
    (
        "schema.sql",
        """\
        -- Lagerbestand
        CREATE TABLE stock (
          sku TEXT PRIMARY KEY,
          held INTEGER NOT NULL CHECK (held < 99000)
        );
        INSERT INTO stock VALUES ('VLV-8', 312);
        """,
        "CHECK (held < 99000)",
    ),
    (
        "backup.sh",
        '#!/usr/bin/env bash\nset -euo pipefail\n\nkeep_days=23\nfind . -mtime +"$keep_days" -delete\n',
        "keep_days=23",
    ),
    (
        "model.R",
        "fit <- lm(mpg ~ wt, data = mtcars)\nthreshold <- 0.0135\nsummary(fit)\n",
        "threshold <- 0.0135",
    ),
    ("init.lua", "local M = {}\nM.gravity = 9.7803\nreturn M\n", "M.gravity = 9.7803"),
    ("site.css", "@media (min-width: 57rem) {\n  .grid { gap: 1.85rem; }\n}\n", "gap: 1.85rem;"),
    ("Dockerfile", 'FROM debian:stable-slim\nRUN apt-get update\nEXPOSE 7443\nCMD ["true"]\n', "EXPOSE 7443"),
    ("Makefile", "all: build\n\nbuild:\n\tcc -O2 -DLIMIT=417 -o a a.c\n\n.PHONY: all\n", "-DLIMIT=417"),
    ("settings.toml", '[server]\nhost = "::1"\nport = 8127\n\n[[route]]\nname = "text"\n', "port = 8127"),
    ("php.ini", "; Grenzen\n[PHP]\nmemory_limit = 384M\n", "memory_limit = 384M"),
    ("fizz.hs", "module Fizz where\n\nlimit :: Int\nlimit = 1729\n", "limit = 1729"),
    ("Solver.jl", "const ε = 2.5e-9\nnorm(x) = √(sum(abs2, x))\n", "const ε = 2.5e-9"),
    (".gitignore", "*.o\nbuild/\n!build/keep-this.txt\n", "!build/keep-this.txt"),
    ("change.diff", "--- a/tax.py\n+++ b/tax.py\n@@ -1,2 +1,2 @@\n-RATE = 19\n+RATE = 16\n", "+RATE = 16"),
)


def source(name: str, text: str, fact: str, encoding: str = "utf-8") -> Sample:
    text = textwrap.dedent(text)
    line = next(number for number, row in enumerate(text.splitlines(), 1) if fact in row)
    return Sample(name, text.encode(encoding), (Needle(fact, number=line),))


def powershell() -> Sample:
    """As the editor of Windows PowerShell saves it."""
    text = "param([int]$Port = 5986)\r\n# Prüft die Verbindung\r\nTest-NetConnection -Port $Port\r\n"
    return source("Check.ps1", text, "$Port = 5986", "utf-16")


def minified() -> Sample:
    body = ";".join(f"var v{n}={n}" for n in range(9_000))
    return Sample(
        "app.min.js",
        f"!function(){{{body};var API_ROOT='/v3/orders'}}()".encode(),
        (Needle("API_ROOT='/v3/orders'"),),
    )


def generated() -> Sample:
    """Thousands of functions; one of them matters."""
    parts = [f"def step_{n}(x):\n    return x + {n}\n" for n in range(5_000)]
    parts[3_333] = "def step_3333(x):\n    raise ValueError('the pressure is above 6.3 bar')\n"
    text = "\n".join(parts)
    return Sample("steps.py", text.encode(), (Needle("the pressure is above 6.3 bar", number=3 * 3_333 + 2),))


MAKERS: dict[str, Maker] = {
    **{case[0]: partial(source, *case) for case in _SOURCES},
    "powershell, utf-16": powershell,
    "minified script": minified,
    "long module": generated,
}
