#!/bin/sh
# Static analysis of all of our own C: clang-tidy by .clang-tidy, and cppcheck
# with tests/cppcheck.supp. Nothing may be found. Some minutes, so it is not
# part of tests/run.sh. tests/analyse.sh [FILE...]: clang-tidy of these only.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh
need $PACKAGES_BUILD $PACKAGES_ANALYSE
build=${STOX_ANALYSE_BUILD:-build-analyse}
cmake -S . -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang \
	-DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_C_FLAGS="-include $PWD/tests/analyse.h" >/dev/null
if [ $# = 0 ]; then
	cppcheck -q --std=c11 --enable=warning,performance,portability \
		--error-exitcode=1 --inline-suppr -I . -D_GNU_SOURCE \
		-DSTOX_VERSION='"0"' --include=/usr/include/uthash.h \
		--include=/usr/include/utlist.h \
		--suppressions-list=tests/cppcheck.supp \
		gateway mapping sip xmpp
	set -- $(find gateway mapping sip xmpp -name '*.c')
fi
printf '%s\n' "$@" | xargs -P "${STOX_TEST_JOBS:-2}" -n 1 \
	clang-tidy --quiet -p "$build"
echo "nothing found"
