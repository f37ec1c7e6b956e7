#!/bin/sh
# Long runs of scenarios that the suite runs short: tests/long.sh STOXD WHAT
#   totals       P1 and P2: 50,000 messages and more over some twenty faults,
#                9,000 of them over kill -9 (STOX_TEST_SCALE: so many times the
#                messages of the suite, 9 if not set)
#   allocations  each allocation of a life fails, one after the other
#                (STOX_TEST_FIRST: from there on)
#   connects     100,000 TLS connections that come to nothing; what the second
#                half of them adds
# Each says its books, or where memory stands, on standard error.
set -eu
stoxd=$(readlink -f "$1") what=$2
cd "$(dirname "$0")"
export STOXD="$stoxd" PYTHONPATH="$PWD/e2e"
run()
{
	script=$1
	shift
	(cd "$(dirname "$script")" &&
		/usr/bin/python3 -B "$(basename "$script")" -v "$@")
}
case $what in
totals)
	export STOX_TEST_SCALE="${STOX_TEST_SCALE:-9}"
	run faults/test_gateway.py Killed.test_kill_under_load \
		Killed.test_both_killed BadNetwork.test_from_sip
	# The server is away for seconds of it: four times as many.
	export STOX_TEST_SCALE="$((STOX_TEST_SCALE * 4))"
	run faults/test_restart.py Restart.test_stopped Restart.test_killed \
		RestartEjabberd.test_stopped RestartEjabberd.test_killed \
		Storm.test_storm Flapping.test_flapping
	;;
allocations)
	STOX_TEST_POINTS=0 STOX_TEST_STEP=1 run faults/test_world.py Memory
	;;
connects)
	STOX_TEST_CONNECTS="${STOX_TEST_CONNECTS:-50000}" run \
		e2e/test_tls.py Incoming.test_many_that_come_to_nothing
	;;
*)
	echo "totals, allocations or connects" >&2
	exit 2
	;;
esac
