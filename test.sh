#!/usr/bin/env bash
# Checks VT.ai: style, types, import rules, then the tests. The first time it installs what they need.
#     ./test.sh                      everything
#     ./test.sh --quick              the checks and the quick tests, under a minute
#     ./test.sh tests/cli -k ask     everything, further arguments go to pytest
set -euo pipefail

. "$(dirname -- "${BASH_SOURCE[0]}")/run.sh"

is_root_on_debian() { [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; }

debian_packages() {
  say "installing $* ..."
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2
}

find_chromium() {
  local candidate
  for candidate in "${VTAI_TEST_CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
    /Applications/Chromium.app/Contents/MacOS/Chromium; do
    if [[ -n $candidate ]] && command -v "$candidate"; then
      return
    fi
  done
  return 1
}

need_chromium() {
  if ! find_chromium >/dev/null && is_root_on_debian; then
    debian_packages chromium || true
  fi
  VTAI_TEST_CHROMIUM=$(find_chromium) ||
    stop "the browser tests need Chromium. Install it (Debian: apt-get install chromium; others: Chrome or" \
      "Chromium from the system's packages), or name it: VTAI_TEST_CHROMIUM=/path/to/chromium ./test.sh"
  export VTAI_TEST_CHROMIUM
}

# Node.js of at least 20 with npm: the machine's own, or the locked package in .venv.
need_node() {
  if command -v npm >/dev/null && [[ $(node --version 2>/dev/null) =~ ^v(2[0-9]|[3-9][0-9]) ]]; then
    return
  fi
  if [[ ! -x $venv/bin/npm ]]; then
    say "installing Node.js for the stand-in providers ..."
    env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT="$venv" "$(find_uv)" sync --frozen --inexact --group node \
      --project "$root" --python "$venv/bin/python" >&2 || could_not_fetch "Node.js"
  fi
  export PATH=$venv/bin:$PATH
}

need_standins() {
  local folder=$root/tests/standins
  need_node
  if [[ ! -f $folder/package-lock.json || $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]]; then
    return
  fi
  say "installing the stand-in providers ..."
  npm ci --prefix "$folder" --no-audit --no-fund --ignore-scripts >&2 ||
    stop "the stand-in providers could not be installed; the reason stands above. Check the network connection."
}

# The engine of the packaged language model needs it; small images lack it.
need_libgomp() {
  if is_root_on_debian && ! ldconfig -p | grep -q libgomp.so.1; then
    debian_packages libgomp1 || true
  fi
}

# The real models are kept between runs; the tests themselves have data folders of their own.
need_weights() {
  export VTAI_TEST_MODELS=${VTAI_TEST_MODELS:-$venv/vtai-test-models}
  VT_DATA_DIR=$VTAI_TEST_MODELS "$venv/bin/python" -P -m vtai models fetch >&2 ||
    stop "the models for the tests could not be fetched; the reason stands above."
}

gates() {
  "$venv/bin/ruff" check . && "$venv/bin/ruff" format --check . && "$venv/bin/mypy" && "$venv/bin/lint-imports"
}

# Runs the tests that carry the marks. With further arguments it may be that none of those fit.
tests() {
  local marks=$1 code=0
  shift
  "$venv/bin/python" -m pytest -m "$marks" "$@" || code=$?
  if [[ $code == 5 && $# -gt 0 ]]; then
    return
  fi
  return "$code"
}

check() {
  local is_quick=false
  if [[ ${1:-} == --quick ]]; then
    is_quick=true
    shift
  fi
  cd -- "$root"
  # What pytest makes of the tests' asserts is kept between runs; making it anew takes a third of a quick run.
  unset PYTHONDONTWRITEBYTECODE
  install dev
  gates
  if [[ $is_quick == false ]]; then
    need_chromium
    need_standins
    need_libgomp
    need_weights
  fi
  # All cores take part in the quick ones and in those that say so; the others need the machine to themselves.
  PYTEST_ADDOPTS="-n auto --dist worksteal" tests "not slow and not browser and not model" "$@"
  if [[ $is_quick == false ]]; then
    PYTEST_ADDOPTS="-n auto --dist worksteal" tests "beside and (slow or browser or model)" "$@"
    tests "(slow or browser or model) and not beside" "$@"
  fi
}

check "$@"
