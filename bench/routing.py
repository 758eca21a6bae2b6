"""How often routing is right, how sure and how steady it is, how fast, and what it takes in memory.

    python -m bench.routing bench/data/routing.jsonl

prints Markdown. Each line of a file holds what `vtai route --jsonl` reads, plus `labels` (the acceptable
routes; "thinking" counts as text) and optionally `slice` and `lang`. Everything runs on one core where the
system can do that. Other routers decide on the same messages in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.routing_bench import costs, figures, printing
from bench.routing_bench.baselines import all_baselines
from bench.routing_bench.contenders import Contender, Routers, run
from bench.routing_bench.items import BadFile, read
from vtai.routing.classifier import SemanticClassifier

ROUTERS = ("rules+semantic", "semantic", "rules")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="messages as JSON lines")
    parser.add_argument("--no-baselines", action="store_true", help="VT.ai's routers alone")
    parser.add_argument("--json", action="store_true", help="one JSON object a file, in a list")
    options = parser.parse_args(arguments)
    is_one_core = costs.one_core()
    try:
        contenders = asyncio.run(_contenders(with_baselines=not options.no_baselines))
        found = [_measured(file, contenders, is_one_core) for file in options.files]
    except BadFile as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    print("\n".join(printing.report(one) for one in found))
    if len(found) > 1:
        print(printing.comparison(found))
    return 0


async def _contenders(*, with_baselines: bool) -> list[Contender]:
    """Ready to decide. The first is the default router, the one that is told in full."""
    classifier = SemanticClassifier()
    await classifier.warm()
    own: list[Contender] = [Routers(names, classifier) for names in ROUTERS]
    return own + (list(all_baselines()) if with_baselines else [])


def _measured(file: Path, contenders: Sequence[Contender], is_one_core: bool) -> dict[str, Any]:
    items = read(file)
    runs = [asyncio.run(run(contender, items)) for contender in contenders]
    cost = figures.Costs(costs.memory(file), costs.messages_a_second(items), is_one_core)
    return figures.of(file.name, runs, cost)


if __name__ == "__main__":
    sys.exit(main())
