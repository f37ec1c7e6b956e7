#!/usr/bin/env python3
"""The container recipe, built and run: messages pass both ways between a real
Prosody and a phone, `stoxd ctl` works inside, and it stops in order.

usage: container.py [BASE-IMAGE [OPTIONS OF podman run...]]    as root

BASE-IMAGE: docker.io/library/debian:bookworm-slim if none is given. Without a
registry, one of debootstrap's:
  debootstrap --variant=minbase bookworm DIR
  tar -C DIR -c . | podman import - localhost/debian:12
Where podman lacks rights, as in some virtual machines: the options
  --runtime runc --ulimit nofile=1024:4096 --ulimit nproc=1000:1000
"""
import os
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
from lib.person import Person  # noqa: E402
from lib.phone import Phone  # noqa: E402
from lib.scene import Scene, free_port, until  # noqa: E402
from lib.servers import Prosody  # noqa: E402

NAME = "stox-try"
CONFIG = """components:
  - domain: {component}
    server: {server}
    port: {port}
    secret_env: STOX_SECRET
    sip_domain: sip.example
sip:
  listen: ['udp:127.0.0.1:{sip}', 'tcp:127.0.0.1:{sip}']
  outbound_proxy: 'sip:{proxy}'
"""


def podman(*words, check=True):
    done = subprocess.run(["podman", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    out = done.stdout.decode("utf-8", "replace")
    if check and done.returncode != 0:
        sys.exit("podman %s: %s" % (" ".join(words), out[-3000:]))
    return out


def build(base):
    words = ["build", "-f", TOP + "/conf/package/Containerfile", "-t", NAME,
             "--isolation", "chroot", "--network", "host"]
    if base:
        words += ["--build-arg", "BASE=" + base]
    podman(*words, TOP)
    print("ok: built")


def converse(scene, options):
    server, port = Prosody(scene), free_port()
    phone = Phone(scene, ("127.0.0.1", port))
    config = scene.write("stox.yml", CONFIG.format(
        component=server.component, server=server.domain, sip=port,
        port=server.component_port, proxy=phone.address))
    os.chmod(scene.dir, 0o755)
    os.chmod(config, 0o644)
    podman("run", "-d", "--name", NAME, *options, "--network", "host",
           "-e", "STOX_SECRET=" + server.secret,
           "-v", config + ":/etc/stox/stox.yml:ro", NAME)
    until("the link", lambda: "component_up" in podman("logs", NAME), 30)
    juliet = Person(scene, server, "juliet", "desk")
    juliet.say("romeo@" + server.component, "from XMPP")
    phone.expect_message("from XMPP")
    assert phone.say("sip:juliet@" + server.domain, "from SIP").status == 202
    juliet.expect_message("from SIP")
    print("ok: a message each way")
    assert "links up: 1 of 1" in podman("exec", NAME, "stoxd", "ctl",
                                        "status")
    print("ok: podman exec %s stoxd ctl status" % NAME)
    since = time.monotonic()
    podman("stop", NAME)
    log = podman("logs", NAME)
    assert "info stopped cut=0" in log, log
    assert "warning" not in log, log
    print("ok: stopped in order, after %.1f s" % (time.monotonic() - since))


def main():
    if subprocess.run(["podman", "--version"], check=False,
                      stdout=subprocess.DEVNULL).returncode != 0:
        sys.exit("apt install podman crun")
    build(sys.argv[1] if len(sys.argv) > 1 else "")
    scene = Scene()
    is_good = False
    try:
        converse(scene, sys.argv[2:])
        is_good = True
    finally:
        if not is_good:
            print(podman("logs", NAME, check=False))
        podman("rm", "-f", "-v", NAME, check=False)
        scene.close(not is_good)


if __name__ == "__main__":
    main()
