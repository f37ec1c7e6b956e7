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
exec "$build/tests/fuzz/libfuzz_$name" -runs="$runs" -max_len=16384 \
	-artifact_prefix="$build/findings/$name-" -print_final_stats=1 "$@" \
	"$learnt" "$here/corpus/$name"
