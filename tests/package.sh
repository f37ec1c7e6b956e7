#!/bin/sh
# Builds the Debian package and tries it in a clean root: install, settings,
# start as its own user, upgrade, remove, purge. As root; needs debootstrap and
# dpkg-dev. usage: tests/package.sh [EMPTY-FOLDER-FOR-THE-ROOT]
# With a root that debootstrap has made already, that one is used.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/packages.sh"
. "$top/tests/packaged.sh"
need $PACKAGES_BUILD dpkg-dev file debootstrap

work=$(mktemp -d)
root=${1:-$work/root}
trap 'umount "$root/proc" 2>/dev/null || true; rm -rf "$work"' EXIT
fail() { echo "package: $*" >&2; exit 1; }
ok() { echo "ok: $*"; }

packages_make
version=$(dpkg-deb -f "$first" Version)
root_make
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
cp "$first" "$second" "$root/tmp/"

root_install "/tmp/$(basename "$first")" man-db systemd
in_root getent passwd stox >/dev/null || fail "no user"
[ "$(stat -c %a:%u "$root/etc/stox/stox.yml")" = 640:0 ] || fail "settings"
[ "$(in_root stoxd --version)" = "stoxd $version" ] || fail "the program"
in_root man -w stoxd stox.yml >/dev/null || fail "manual pages"
in_root systemd-analyze verify stoxd.service || fail "the unit"
ok "installs: user, settings for root and its group, manual pages, unit"

# As its user, with the settings where the unit has them.
sed -i 's/change-me/a-secret-of-its-own/; s/^\( *- [ut][dc]p:0.0.0.0:\)5060/\15970/' \
	"$root/etc/stox/stox.yml"
echo 'drain_ms: 500' >>"$root/etc/stox/stox.yml"
in_root install -d -o stox -g stox -m 0700 /var/lib/stox
in_root setpriv --reuid stox --regid stox --init-groups \
	timeout --signal=TERM 4 stoxd -c /etc/stox/stox.yml \
	>"$work/run.log" 2>&1 || true
grep -q ' started ' "$work/run.log" || { cat "$work/run.log"; fail run; }
[ -s "$root/var/lib/stox/stox.db" ] || fail "no store"
ok "runs as stox, with a store of its own"

before=$(sha256sum <"$root/etc/stox/stox.yml")
store=$(stat -c %i "$root/var/lib/stox/stox.db")
in_root dpkg -i "/tmp/$(basename "$second")" >"$work/upgrade.log" 2>&1 ||
	{ cat "$work/upgrade.log"; fail "upgrade"; }
[ "$before" = "$(sha256sum <"$root/etc/stox/stox.yml")" ] || fail "settings lost"
[ "$store" = "$(stat -c %i "$root/var/lib/stox/stox.db")" ] || fail "store lost"
in_root dpkg-query -W stox | grep -q "$version.1" || fail "not upgraded"
ok "upgrades: settings and store stay"

in_root dpkg -r stox >/dev/null 2>&1 || fail "remove"
[ ! -e "$root/usr/sbin/stoxd" ] && [ -e "$root/etc/stox/stox.yml" ] &&
	[ -e "$root/var/lib/stox/stox.db" ] || fail "removes too much or too little"
ok "removed: settings and store stay"
in_root dpkg -P stox >/dev/null 2>&1 || fail "purge"
for gone in etc/stox var/lib/stox usr/share/doc/stox \
	usr/lib/systemd/system/stoxd.service; do
	[ ! -e "$root/$gone" ] || fail "$gone is left"
done
! in_root getent passwd stox >/dev/null || fail "the user is left"
ok "purged: nothing is left"
