version=$(dpkg-query -f '${Version}' -W dovecot-core)
dpkg --compare-versions "$version" ge "$1" || {
  echo "dovecot-core $version has known holes (CVE-2026-33604, CVE-2026-42008); at least $1 is needed." >&2
  echo "Hint: run apt-get update on the host and see that trixie-security is among its sources." >&2
  exit 1
}
