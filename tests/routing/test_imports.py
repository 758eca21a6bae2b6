"""Routing costs nothing until it is needed."""

import subprocess
import sys

import pytest

MODULES = (
    "batched cached classifier cues encoder features head lines messages own_routes registry rules "
    "second_opinion semantic train utterances"
)


@pytest.mark.slow
def test_a_fresh_interpreter_loads_neither_numpy_nor_semantic_router() -> None:
    imports = "; ".join(f"import vtai.routing.{name}" for name in MODULES.split())
    code = f"import sys; {imports}; print({{'numpy', 'semantic_router'}} & sys.modules.keys() or 'none')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"
