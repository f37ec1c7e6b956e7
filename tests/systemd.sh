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
need $PACKAGES_BUILD dpkg-dev file debootstrap systemd-container

work=$(mktemp -d)
root=${1:-$work/root}
trap 'rm -rf "$work"' EXIT
fail() { echo "systemd: $*" >&2; exit 1; }

first=${STOX_DEB:-}
if [ -z "$first" ]; then
	cmake -S "$top" -B "$work/build" -G Ninja -DCMAKE_INSTALL_PREFIX=/usr \
		>/dev/null
	cmake --build "$work/build" >/dev/null
	(cd "$work/build" && cpack -G DEB -B "$work/deb" >/dev/null 2>&1)
	first=$(ls "$work"/deb/*.deb)
fi
# The same with a higher version, for the upgrade.
dpkg-deb -R "$first" "$work/next"
sed -i 's/^Version: .*/&.1/' "$work/next/DEBIAN/control"
dpkg-deb -b "$work/next" "$work/next.deb" >/dev/null

[ -x "$root/usr/bin/dpkg" ] ||
	debootstrap --variant=minbase bookworm "$root" >"$work/debootstrap.log" ||
	fail "debootstrap"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
depends=$(dpkg-deb -f "$first" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
chroot "$root" apt-get update -qq
chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get install \
	-y -qq --no-install-recommends systemd systemd-sysv dbus procps sudo \
	prosody $depends >"$work/apt.log" 2>&1 ||
	{ tail "$work/apt.log"; fail "packages in the root"; }
rm -f "$root/usr/sbin/policy-rc.d"

cp "$first" "$root/root/stox.deb"
cp "$work/next.deb" "$root/root/stox-next.deb"
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
