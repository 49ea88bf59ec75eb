#!/bin/sh
# Installs, from Debian's packages, the programs that the tests in this folder talk to.
# May be run again at any time; needs root or sudo; starts no service.
set -eu

packages='freeradius freeradius-utils libpam-radius-auth pamtester oathtool pskctool ocserv openconnect openssl libnet-smpp-perl kannel kannel-extras python3-aiosmtpd openvpn openvpn-auth-radius eapoltest charon-systemd strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins libstrongswan-standard-plugins iproute2 radsecproxy slapd ldap-utils samba samba-dsdb-modules samba-ad-provision'

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

missing=''
for package in $packages; do
  is_installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo 'The peers of the tests are installed.'
  exit 0
fi

as_root=''
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Run as root, or install:$missing" >&2; exit 1; }
  as_root='sudo'
fi

# Debian starts a daemon as soon as it is installed, unless this file says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '$as_root rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

install_missing() {
  # shellcheck disable=SC2086 # a list of names
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
}

echo "Installing:$missing"
install_missing || { $as_root apt-get update && install_missing; }
