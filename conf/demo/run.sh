#!/bin/sh
# Stox in a nutshell: an XMPP user in profanity and a SIP user in baresip see
# each other come and go, and write to each other, through stoxd on this
# machine's loopback. baresip registers at stoxd itself: there is no other SIP
# server. On Debian 12 as root it installs what is missing.
#
#   conf/demo/run.sh          talk, then stay up for your own clients
#   conf/demo/run.sh --once   talk, clean up; exit code 0 if the other side saw
#                             every line and every change of presence
set -eu
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/../.." && pwd)
once=
case ${1-} in
--once) once=yes ;;
'') ;;
*)
	sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
[ -t 1 ] || bold='' dim='' plain=''
say() { printf '%s\n' "$bold==> $*$plain"; }

# --- what it takes

. "$top/tests/packages.sh"
need $PACKAGES_BUILD $PACKAGES_DEMO
build=${STOX_BUILD:-$top/build}
stoxd=${STOXD:-$build/stoxd} # STOXD: one that is built already
if [ -z "${STOXD-}" ]; then
	say "building $stoxd"
	{
		cmake -S "$top" -B "$build" -G Ninja &&
			cmake --build "$build" --target stoxd
	} >/tmp/stox-build.$$ 2>&1 || {
		tail -n 30 /tmp/stox-build.$$ >&2
		exit 1
	}
	rm -f /tmp/stox-build.$$
fi

# --- a scratch folder, ports, and the end of it all

here=$(mktemp -d "${TMPDIR:-/tmp}/stox-demo.XXXXXX")
pids=
stop()
{
	trap - EXIT INT TERM HUP
	tmux -S "$here/tmux" kill-server 2>/dev/null || :
	for pid in $pids; do
		kill "$pid" 2>/dev/null || :
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "$here"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

is_free()
{
	! grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") " \
		/proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6
}
taken=
# port NAME WISHED: the wished one if it is free, else any
port()
{
	number=$2
	while ! is_free "$number" || case " $taken " in
		*" $number "*) true ;; *) false ;; esac; do
		number=$((12000 + $(od -An -N2 -tu2 /dev/urandom) % 10000 * 2))
	done
	taken="$taken $number"
	eval "$1=$number"
}
if [ -n "$once" ]; then first=15222 sip=15060; else first=5222 sip=5060; fi
port xmpp_port $first
port component_port 15347
port sip_port $sip
port phone_port 15070

wait_for() # SECONDS COMMAND...: until it succeeds
{
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
fail()
{
	echo "demo: $*" >&2
	for log in "$here"/*.log; do
		[ -s "$log" ] && tail -n 15 "$log" >&2
	done
	exit 1
}

# --- the XMPP server, with two users

mkdir -p "$here/data/localhost/accounts"
for user in juliet nurse; do
	echo 'return { ["password"] = "demo" };' \
		>"$here/data/localhost/accounts/$user.dat"
done
cat >"$here/prosody.cfg.lua" <<END
run_as_root = true
pidfile = "$here/prosody.pid"
data_path = "$here/data"
interfaces = { "127.0.0.1" }
c2s_ports = { $xmpp_port }
component_ports = { $component_port }; component_interfaces = { "127.0.0.1" }
legacy_ssl_ports = {}; c2s_direct_tls_ports = {}; s2s_ports = {}
s2s_direct_tls_ports = {}; http_ports = {}; https_ports = {}
modules_enabled = { "roster", "saslauth", "disco", "ping", "offline" }
modules_disabled = { "s2s", "tls" }
authentication = "internal_plain"
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
log = { info = "*console" }
VirtualHost "localhost"
Component "sip.localhost"
  component_secret = "throw-away"
END
prosody -F --config "$here/prosody.cfg.lua" >"$here/prosody.log" 2>&1 &
pids="$pids $!"
wait_for 15 grep -q "Activated service 'component'" "$here/prosody.log" ||
	fail "Prosody does not start"

# --- the gateway: romeo@sip.localhost is sip:romeo@sip.demo

cat >"$here/stox.yml" <<END
log: {level: debug}
components:
  - domain: sip.localhost
    server: localhost
    host: 127.0.0.1
    port: $component_port
    secret: throw-away
    contacts: fixed
    sip_domain: sip.demo
    registrar: {enabled: true}
    message: {type: chat, thread: conversation}
sip:
  listen: ["udp:127.0.0.1:$sip_port", "tcp:127.0.0.1:$sip_port"]
  md5: true
  users:
    - {uri: "sip:romeo@sip.demo", password: demo}
    - {uri: "sip:mercutio@sip.demo", password: demo}
store: {path: "$here/stox.db"}
presence: {notify_every_ms: 500}
END
chmod 600 "$here/stox.yml"
"$stoxd" -c "$here/stox.yml" >"$here/stoxd.log" 2>&1 &
gateway=$!
pids="$pids $gateway"
wait_for 15 grep -q component_up "$here/stoxd.log" ||
	fail "stoxd does not come up"

# --- the two people

mkdir -p "$here/baresip" "$here/config/profanity" "$here/share/profanity"
for folder in /usr/lib/baresip/modules /usr/lib/*/baresip/modules; do
	[ -d "$folder" ] && modules=$folder
done
cat >"$here/baresip/config" <<END
sip_listen 127.0.0.1:$phone_port
module_path $modules
module stdio.so
module account.so
module contact.so
module_app menu.so
module_app presence.so
END
printf '<sip:romeo@sip.demo>;auth_pass=demo;regint=300;pubint=300;%s\n' \
	"outbound=\"sip:127.0.0.1:$sip_port\"" >"$here/baresip/accounts"
echo '"Juliet" <sip:juliet@localhost>;presence=p2p' >"$here/baresip/contacts"
cat >"$here/share/profanity/accounts" <<END
[juliet]
enabled=true
jid=juliet@localhost
password=demo
server=127.0.0.1
port=$xmpp_port
tls.policy=disable
resource=profanity
END
cat >"$here/config/profanity/profrc" <<END
[ui]
splash=false
occupants=false
roster=false
[notifications]
message=off
[connection]
account=juliet
END

screen() { tmux -S "$here/tmux" "$@"; }
screen -f /dev/null new-session -d -s romeo -x 150 -y 24 \
	env HOME="$here" baresip -f "$here/baresip"
screen new-session -d -s juliet -x 150 -y 24 env HOME="$here" \
	XDG_CONFIG_HOME="$here/config" XDG_DATA_HOME="$here/share" \
	TERM=screen profanity -a juliet
shows() { screen capture-pane -p -J -t "$1" | grep -qF -- "$2"; }
wait_for 15 shows romeo "baresip is ready" || fail "baresip does not start"
wait_for 20 shows juliet "juliet@localhost" || fail "profanity does not start"
wait_for 20 grep -q "Authenticated as juliet" "$here/prosody.log" ||
	fail "juliet cannot log in"

type_line()
{
	screen send-keys -t "$1" -l "$2" && screen send-keys -t "$1" Enter
}
# What a screen has shown so far.
all_of() { screen capture-pane -p -J -S -500 -t "$1"; }
lines_with() { all_of "$1" | grep -cF -- "$2" || :; }
has_more() { [ "$(lines_with "$1" "$2")" -gt "$3" ]; }
missing=0
# act WHO LINE OTHER WORDS: types the line here, waits until the other screen
# shows the words once more than before
act()
{
	[ -n "$once" ] || sleep 1 # a person is watching
	before=$(lines_with "$3" "$4")
	type_line "$1" "$2"
	printf '%-7s types  %s\n' "$1" "$2"
	if wait_for 15 has_more "$3" "$4" "$before"; then
		shown=$(all_of "$3" | grep -F -- "$4" | tail -n 1 |
			sed 's/  *$//')
		printf "%-7s sees   $dim%s$plain\n" "$3" "$shown"
	else
		printf '%s did not see it\n' "$3"
		missing=$((missing + 1))
	fi
}
# talk WHO LINE: says it to the other
talk()
{
	case $1 in
	juliet) act juliet "$2" romeo "$2" ;;
	romeo) act romeo "/message $2" juliet "$2" ;;
	esac
}
sees_juliet_online()
{
	type_line romeo /contacts
	sleep 0.3
	shows romeo "Online Juliet"
}

say "juliet (profanity, XMPP) and romeo (baresip, SIP)"
# baresip asks at its start to see its contacts; she allows it, and asks too.
wait_for 15 shows juliet "authorization request from romeo@sip.localhost" ||
	fail "romeo's question does not reach juliet"
type_line juliet "/sub allow romeo@sip.localhost"
wait_for 15 sees_juliet_online || fail "romeo does not see juliet online"
printf 'juliet  allows romeo to see her\n'
printf "romeo   sees   $dim%s$plain\n" \
	"$(all_of romeo | grep -F 'Online Juliet' | tail -n 1)"
# He has registered, and is online by that.
act juliet "/sub request romeo@sip.localhost" juliet \
	"romeo@sip.localhost (sip) is online"
act juliet "/status set dnd" romeo "changed status from Online to Busy"
act juliet "/status set online" romeo "changed status from Busy to Online"
act romeo /presence_offline juliet "romeo@sip.localhost (sip) is offline"
act romeo /presence_online juliet "romeo@sip.localhost (sip) is online"

type_line juliet "/msg romeo@sip.localhost"
# The last two lines are 98 bytes long.
talk juliet "Art thou not Romeo, and a Montague?"
talk romeo "Neither, fair maid, if either thee dislike. ♥ 😀 <b>&</b>"
talk juliet "How cam'st thou hither, tell me, and wherefore? The orchard walls are high and hard to climb; see!"
talk romeo "With love's light wings did I o'erperch these walls, for stony limits cannot hold love out, I say."

for who in juliet romeo; do
	say "$who's screen"
	screen capture-pane -p -t $who | grep -v '^ *$' | sed 's/  *$//; s/^/  /'
done
[ "$missing" = 0 ] || fail "$missing changes or lines were not seen"
say "every change of presence and every line arrived"
[ -z "$once" ] || exit 0

cat <<END

XMPP   juliet@localhost and nurse@localhost, password demo, server 127.0.0.1
       port $xmpp_port, no encryption. Add romeo@sip.localhost, write to him.
SIP    romeo@sip.demo and mercutio@sip.demo, password demo, registrar and
       outbound proxy 127.0.0.1:$sip_port (UDP, TCP). Watch, write to
       sip:nurse@localhost, and to one another.
Look   tmux -S $here/tmux attach -t juliet   (or romeo; leave with C-b d)
Files  $here (stox.yml, stoxd.log)
END
echo 'It stays up until Ctrl-C.'
wait "$gateway" || :
fail "stoxd has ended"
