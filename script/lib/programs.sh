# shellcheck shell=bash
# Programs the tests start themselves. Installed only with root and apt.

# Keeps a package's service from starting while the package is installed.
without_services() {
  local policy=/usr/sbin/policy-rc.d added=false status=0
  if [[ ! -e "$policy" ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    added=true
  fi
  "$@" || status=$?
  if $added; then rm -f "$policy"; fi
  return "$status"
}

apt_install() {
  local options=(-qq -o DPkg::Lock::Timeout=300)
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get "${options[@]}" install -y --no-install-recommends "$@" ||
      {
        apt-get "${options[@]}" update
        apt-get "${options[@]}" install -y --no-install-recommends "$@"
      }
  } >"$CACHE/apt-install.log" 2>&1
}

stop_mosquitto_service() {
  if [[ -d /run/systemd/system ]]; then
    systemctl disable --now mosquitto >>"$CACHE/apt-install.log" 2>&1
  elif [[ -x /etc/init.d/mosquitto ]]; then
    /etc/init.d/mosquitto stop >>"$CACHE/apt-install.log" 2>&1 || true
    update-rc.d mosquitto disable >>"$CACHE/apt-install.log" 2>&1 || true
  fi
}

has_program() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null; }

can_install() { [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; }

provide_mosquitto() {
  if has_program mosquitto; then return; fi
  if can_install; then
    say "Installing Mosquitto (its service stays off)"
    # Only a service this script brought is switched off.
    if without_services apt_install mosquitto; then stop_mosquitto_service; fi
  fi
  if has_program mosquitto; then return; fi
  if in_ci; then die "Mosquitto is missing (see .cache/apt-install.log)"; fi
  warn "Mosquitto is missing; tests that need it are skipped." \
    "Install your system's 'mosquitto' package and switch its service off."
}

provide_chromium() {
  if has_program chromium; then return; fi
  if can_install; then
    say "Installing Chromium"
    apt_install chromium || warn "could not install it (see .cache/apt-install.log)"
  fi
  has_program chromium ||
    warn "Chromium is missing. Install your system's 'chromium' package."
}
