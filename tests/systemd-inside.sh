# Run as root in the booted container of tests/systemd.sh.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
unit=stoxd.service
fail()
{
	echo "FAILED: $*"
	systemctl status --no-pager -l $unit || true
	journalctl -b --no-pager -o cat -n 60 || true
	exit 1
}
ok() { echo "ok: $*"; }
value() { systemctl show -P "$1" $unit; }
# until WHAT COMMAND...: half a minute
until_true()
{
	what=$1
	shift
	for _ in $(seq 300); do
		"$@" && return
		sleep 0.1
	done
	fail "not in time: $what"
}
logged() { journalctl -b --no-pager -o cat -u $unit | grep -q "$1"; }
is_running() { [ "$(value ActiveState)" = active ]; }
is_another() { is_running && [ "$(value MainPID)" != "$1" ]; }

printf 'Component "sip.example.com"\n\tcomponent_secret = "s3cret"\n' \
	>/etc/prosody/conf.d/sip.cfg.lua
sed -i 's/^VirtualHost "localhost"/VirtualHost "example.com"\n&/' \
	/etc/prosody/prosody.cfg.lua

# 1. Installed, but not started: it has no secret yet.
dpkg -i /root/stox.deb >/root/dpkg.log 2>&1 || { cat /root/dpkg.log; fail install; }
! is_running || fail "started by the installation"
systemctl enable $unit 2>/dev/null || fail "enable"
cat >/etc/stox/stox.yml <<END
components:
  - domain: sip.example.com
    secret: s3cret
    sip_domain: example.net
    registrar: { enabled: true }
sip:
  listen: ['udp:127.0.0.1:5060', 'tcp:127.0.0.1:5060']
END

# 2. READY is said when the link is up, and not before.
systemctl stop prosody
systemctl start --no-block $unit
until_true "a first attempt" logged component_refused
[ "$(value ActiveState)" = activating ] || fail "ready without a link"
systemctl start prosody
until_true "it to be ready" is_running
[ "$(value StatusText)" = "all 1 links up" ] || fail "status: $(value StatusText)"
[ "$(value NRestarts)" = 0 ] || fail "restarted meanwhile"
ok "Type=notify: ready when the link is up, \"$(value StatusText)\""

# 3. The hardened process.
pid=$(value MainPID)
[ "$(stat -c %U /proc/$pid)" = stox ] || fail "user"
for line in 'NoNewPrivs:	1' 'Seccomp:	2' 'CapEff:	0000000000000000'; do
	grep -q "^$line" /proc/$pid/status || fail "no $line"
done
[ "$(stat -c %a:%U /var/lib/stox)" = 700:stox ] || fail "state folder"
[ "$(stat -c %a:%U /run/stox)" = 750:stox ] || fail "run-time folder"
ok "hardened: $(systemd-analyze security --no-pager $unit 2>/dev/null |
	grep 'Overall exposure' | sed 's/.*: //')"

# 4. The journal: one event a line, systemd's own time.
journalctl -b --no-pager -o cat -u $unit | grep -q '^info started' ||
	fail "journal: $(journalctl -b --no-pager -o cat -u $unit | head -n 3)"
ok "journal: $(journalctl -b --no-pager -o cat -u $unit | grep '^info component_up')"

# 5. Reload: new settings, the same process.
printf 'log: { level: debug }\n' >>/etc/stox/stox.yml
systemctl reload $unit
until_true "the reload" logged 'reloaded changes=1 need_restart=0'
[ "$(value MainPID)" = "$pid" ] || fail "reload restarted it"
ok "reload: $(journalctl -b --no-pager -o cat -u $unit | grep setting_changed)"

# 6. Commands, and a restart that keeps what they did.
printf 'a-password\n' | stoxd ctl account-add romeo@example.net >/dev/null ||
	fail "account-add"
! sudo -u nobody stoxd ctl status >/dev/null 2>&1 || fail "anybody may ask it"
systemctl restart $unit
is_another "$pid" || fail "restart"
stoxd ctl accounts | grep -q romeo@example.net || fail "the store is lost"
ok "restart keeps the store: $(stoxd ctl accounts | head -n 1)"

# 7. The secret as a credential.
printf 's3cret\n' >/etc/stox/component-secret
chmod 0600 /etc/stox/component-secret
mkdir -p /etc/systemd/system/$unit.d
printf '[Service]\nLoadCredential=component-secret:/etc/stox/component-secret\nWatchdogSec=3\n' \
	>/etc/systemd/system/$unit.d/try.conf
sed -i 's|    secret: s3cret|    secret_file: /run/credentials/stoxd.service/component-secret|' \
	/etc/stox/stox.yml
systemctl daemon-reload
systemctl restart $unit || fail "with a credential"
is_running || fail "with a credential"
ok "LoadCredential: a secret that only root can read"

# 8. Killed, and hung: back by itself.
pid=$(value MainPID)
kill -9 "$pid"
until_true "it to be back" is_another "$pid"
stoxd ctl accounts | grep -q romeo@example.net || fail "the store is lost"
pid=$(value MainPID)
kill -STOP "$pid"
until_true "the watchdog" is_another "$pid"
ok "kill -9 and a hang (WatchdogSec): restarted, nothing lost"

# 9. Wrong settings end it once, with the reason.
cp /etc/stox/stox.yml /root/stox.yml
echo 'nonsense: 1' >>/etc/stox/stox.yml
systemctl restart $unit 2>/dev/null && fail "started with wrong settings"
sleep 3 # RestartSec is 2
[ "$(value ActiveState)/$(value ExecMainStatus)" = failed/3 ] ||
	fail "$(value ActiveState)/$(value ExecMainStatus)"
logged 'nonsense' || fail "no reason"
cp /root/stox.yml /etc/stox/stox.yml
systemctl reset-failed $unit
systemctl start $unit || fail "start"
ok "wrong settings: status 3, not tried again"

# 10. Upgrade while it runs.
pid=$(value MainPID)
before=$(sha256sum </etc/stox/stox.yml)
dpkg -i /root/stox-next.deb >/root/dpkg.log 2>&1 || { cat /root/dpkg.log; fail upgrade; }
until_true "the new one" is_another "$pid"
[ "$before" = "$(sha256sum </etc/stox/stox.yml)" ] || fail "settings lost"
stoxd ctl accounts | grep -q romeo@example.net || fail "the store is lost"
ok "upgrade: the new program runs, settings and store stay"

# 11. In order out.
dpkg -r stox >/root/dpkg.log 2>&1 || { cat /root/dpkg.log; fail remove; }
! pgrep -u stox >/dev/null || fail "still running"
logged 'info stopped' || fail "not stopped in order"
[ -e /var/lib/stox/stox.db ] && [ -e /etc/stox/stox.yml ] || fail "too much"
rm -rf /etc/systemd/system/$unit.d /etc/stox/component-secret
dpkg -P stox >/root/dpkg.log 2>&1 || { cat /root/dpkg.log; fail purge; }
for gone in /etc/stox /var/lib/stox /usr/lib/systemd/system/$unit; do
	[ ! -e $gone ] || fail "$gone is left"
done
! getent passwd stox >/dev/null || fail "the user is left"
ok "remove stops it, purge leaves nothing"
echo "all of it"
