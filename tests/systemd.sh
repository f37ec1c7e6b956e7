#!/bin/sh
# The Debian package in a system that has booted: a clean root with Prosody, run
# by its own systemd in a container (systemd-nspawn, no network but its own
# loopback). What is tried there is tests/systemd-inside.sh. As root; needs
# debootstrap, systemd-container, dpkg-dev. Ten minutes at most.
# usage: tests/systemd.sh [FOLDER-FOR-THE-ROOT]
# With a root that debootstrap has made already, that one is used. STOX_DEB: a
# package that is built already.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/packages.sh"
. "$top/tests/packaged.sh"
need $PACKAGES_BUILD dpkg-dev file debootstrap systemd-container

work=$(mktemp -d)
root=${1:-$work/root}
trap 'rm -rf "$work"' EXIT
fail() { echo "systemd: $*" >&2; exit 1; }

packages_make
root_make
depends=$(dpkg-deb -f "$first" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
root_install systemd systemd-sysv dbus procps sudo prosody $depends
rm -f "$root/usr/sbin/policy-rc.d"

cp "$first" "$root/root/stox.deb"
cp "$second" "$root/root/stox-next.deb"
cp "$top/tests/systemd-inside.sh" "$root/root/inside.sh"
cat >"$root/etc/systemd/system/inside.service" <<-END
	[Unit]
	Description=tries the package
	After=multi-user.target
	SuccessAction=poweroff
	FailureAction=poweroff
	[Service]
	Type=oneshot
	ExecStart=/bin/sh /root/inside.sh
	StandardOutput=file:/root/result
	StandardError=file:/root/result.err
	[Install]
	WantedBy=graphical.target
END
mkdir -p "$root/etc/systemd/system/graphical.target.wants"
ln -sf ../inside.service \
	"$root/etc/systemd/system/graphical.target.wants/inside.service"
rm -f "$root/root/result" "$root/root/result.err"

timeout 600 systemd-nspawn --quiet --boot --register=no --keep-unit \
	--private-network --console=pipe -D "$root" \
	systemd.unit=graphical.target </dev/null >"$work/console" 2>&1 ||
	tail -n 20 "$work/console"
cat "$root/root/result" || { tail -n 40 "$work/console"; fail "no result"; }
grep -q '^all of it$' "$root/root/result" || {
	tail -n 30 "$root/root/result.err"
	fail "not all of it"
}
