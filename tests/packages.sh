# Packages that Stox needs, by purpose; read by tests/run.sh and
# conf/demo/run.sh. `need LIST...` installs what is missing, as root.
PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config
  libsofia-sip-ua-dev libc-ares-dev libexpat1-dev libssl-dev libidn-dev
  zlib1g-dev libyaml-dev libsystemd-dev libsqlite3-dev libpq-dev
  libmicrohttpd-dev libunistring-dev uthash-dev"
PACKAGES_TEST="libcmocka-dev clang libclang-rt-14-dev clang-tidy binutils
  python3 python3-slixmpp python3-prometheus-client openssl man-db
  prosody ejabberd sip-tester kamailio kamailio-presence-modules
  baresip linphone-cli profanity tmux postgresql prosody-modules zsh prometheus"
PACKAGES_ANALYSE="clang clang-tidy cppcheck"
PACKAGES_DEMO="prosody baresip profanity tmux"

need()
{
	missing=
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "missing packages:$missing (run as root to install)" >&2
		return 1
	fi
	echo "installing:$missing"
	# Nothing that is installed here is started as a service: what a test
	# or the demo needs, it starts by hand on loopback.
	policy=/usr/sbin/policy-rc.d
	made=
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		made=yes
	fi
	status=0
	{
		apt-get update -qq &&
			DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
				--no-install-recommends $missing
	} >/tmp/stox-apt.log 2>&1 || status=$?
	[ -z "$made" ] || rm -f "$policy"
	[ "$status" = 0 ] || tail -n 20 /tmp/stox-apt.log >&2
	return "$status"
}
