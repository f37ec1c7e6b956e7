# For tests/package.sh and tests/systemd.sh, which source it: two versions of
# the package, and a root that it can be installed in. $top is the tree, $work a
# folder of their own, fail says what is wrong and ends.

# $first: the package (STOX_DEB: one that is built already); $second: the same
# with a higher version, for the upgrade.
packages_make() {
	first=${STOX_DEB:-}
	if [ -z "$first" ]; then
		cmake -S "$top" -B "$work/build" -G Ninja \
			-DCMAKE_INSTALL_PREFIX=/usr >/dev/null
		cmake --build "$work/build" >/dev/null
		(cd "$work/build" &&
			cpack -G DEB -B "$work/deb" >/dev/null 2>&1)
		first=$(ls "$work"/deb/*.deb)
	fi
	dpkg-deb -R "$first" "$work/next"
	sed -i 's/^Version: .*/&.1/' "$work/next/DEBIAN/control"
	second=$work/stox-next.deb
	dpkg-deb -b "$work/next" "$second" >/dev/null
}

# A minimal system in $root, unless there is one; nothing is started in there.
root_make() {
	[ -x "$root/usr/bin/dpkg" ] ||
		debootstrap --variant=minbase bookworm "$root" \
			>"$work/debootstrap.log" || fail "debootstrap"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
}

in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"; }

# Packages, or files that are in it already.
root_install() {
	in_root apt-get update -qq
	in_root apt-get install -y -qq --no-install-recommends "$@" \
		>"$work/install.log" 2>&1 ||
		{ tail "$work/install.log"; fail "packages in the root"; }
}
