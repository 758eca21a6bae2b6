"""`python -m vtai` is `vtai`."""

from __future__ import annotations

import sys

from vtai.cli import main

if __name__ == "__main__":
    sys.exit(main())
