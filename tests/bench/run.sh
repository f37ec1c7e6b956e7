#!/bin/sh
# Builds stoxd and the load in release mode, measures on loopback, and prints
# one table. Gateway on core 0, load on core 1. About twelve minutes; options:
#
#   --quick                   one short round, two minutes
#   --only s2x-udp,s2x-floor  some contestants only
#   --cpu-only                no search for the clean rate
#   --rounds N --seconds S --rate R --no-memory --no-presence
#
# STOX_BENCH_BUILD: where to build (build-bench). STOXD: another binary.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${STOX_BENCH_BUILD:-$top/build-bench}
if [ -z "${STOXD:-}" ]; then
	cmake -S "$top" -B "$build/stox" -G Ninja \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
	ninja -C "$build/stox" stoxd >/dev/null
	STOXD=$build/stox/stoxd
	export STOXD
fi
cmake -S "$top/tests/bench" -B "$build/load" -G Ninja >/dev/null
ninja -C "$build/load" >/dev/null
exec python3 "$top/tests/bench/bench.py" --tools "$build/load" "$@"
