#!/bin/sh
# The suite under valgrind: builds without sanitizers, and runs the unit tests,
# golden pairs and short fuzz runs, and the scenarios with stoxd under valgrind.
# An error or a definite leak fails. All of it takes hours; arguments go to
# ctest, for some: tests/valgrind.sh -R 'unit/|e2e/messages'
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tests/packages.sh"
need $PACKAGES_BUILD $PACKAGES_TEST valgrind
build=${STOX_VALGRIND_BUILD:-$top/build-valgrind}
options="--quiet --error-exitcode=9 --leak-check=full
	--errors-for-leak-kinds=definite --show-leak-kinds=definite
	--num-callers=30"
cmake -S "$top" -B "$build" -G Ninja -DSTOX_TESTS=ON -DCMAKE_BUILD_TYPE=Debug \
	-DSTOX_TESTS_SLOWER=10 \
	-DCMAKE_CROSSCOMPILING_EMULATOR="valgrind;$(echo $options |
		tr ' ' ';')" >/dev/null
cmake --build "$build"
cd "$build"
# What the scenarios put before stoxd, and how much longer they wait.
STOX_UNDER="valgrind $(echo $options)"
STOX_TEST_TIMEOUT=${STOX_TEST_TIMEOUT:-180}
export STOX_UNDER STOX_TEST_TIMEOUT
exec ctest --output-on-failure -j "${STOX_TEST_JOBS:-1}" "$@"
