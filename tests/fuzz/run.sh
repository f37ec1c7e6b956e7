#!/bin/sh
# run.sh NAME RUNS [libFuzzer options]: the long run. Builds fuzz_NAME with clang,
# ASan and UBSan, and runs libFuzzer over corpus/NAME. What it learns and what it
# finds stays in the build folder ($STOX_FUZZ_BUILD, or build-fuzz).
set -eu
name=${1:?usage: run.sh NAME RUNS}
runs=${2:?usage: run.sh NAME RUNS}
shift 2
here=$(cd "$(dirname "$0")" && pwd)
build=${STOX_FUZZ_BUILD:-$here/../../build-fuzz}
cmake -S "$here/../.." -B "$build" -G Ninja -DCMAKE_C_COMPILER="${CC:-clang}" \
	-DSTOX_FUZZ=ON -DSTOX_SANITIZE=ON -DSTOX_TESTS=ON >/dev/null
cmake --build "$build" -j2 --target "libfuzz_$name"
learnt=$build/learnt/$name
mkdir -p "$learnt" "$build/findings"
# A run takes a few hundred blocks: a quarantine of 1 MiB holds those of the last
# few, and twice as many runs fit into a minute.
export ASAN_OPTIONS="quarantine_size_mb=1:thread_local_quarantine_size_kb=64:\
max_malloc_fill_size=0:${ASAN_OPTIONS:-}"
exec "$build/tests/fuzz/libfuzz_$name" -runs="$runs" -max_len=16384 \
	-artifact_prefix="$build/findings/$name-" -print_final_stats=1 \
	-print_funcs=0 "$@" \
	"$learnt" "$here/corpus/$name"
