# shellcheck shell=bash
# Shared by the scripts: where things are, how to speak, how to remember.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
CACHE="$ROOT/.cache"

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
warn() { printf '\033[33mnote:\033[0m %s\n' "$*" >&2; }
die() {
  printf '\033[31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

# usage <script>: print the comment at its top and leave.
usage() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
  exit 0
}

in_ci() { [[ "${CI:-}" == true || "${CI:-}" == 1 ]]; }

# fingerprint [text or existing file]...: one hash of all of it and of the
# checkout's place, which virtual environments contain in absolute form.
fingerprint() {
  local item
  {
    printf '%s\n' "$ROOT"
    for item in "$@"; do
      if [[ -f "$item" ]]; then cat "$item"; else printf '%s\n' "$item"; fi
    done
  } | sha256sum | cut -d' ' -f1
}

# is_stamped <stamp file> <fingerprint>: whether that work is already done.
is_stamped() { [[ -f "$1" && "$(<"$1")" == "$2" ]]; }
