#!/usr/bin/env python3
"""The status page in a real browser: headless Chromium shows it for a screen
in light and dark and for a telephone, while messages flow.

usage: screenshot.py STOXD FOLDER      (apt install chromium)

Writes FOLDER/light.png, dark.png and phone.png. Ends with 1 if the browser
complains, or if what it shows is not the page renewed by its script.
"""
import os
import re
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
if len(sys.argv) == 3:
    os.environ["STOXD"] = os.path.abspath(sys.argv[1])
from lib.fakeserver import FakeServer  # noqa: E402
from lib.phone import Phone  # noqa: E402
from lib.scene import Scene, free_port, until  # noqa: E402
from lib.stox import Stoxd  # noqa: E402

SHOTS = (("light", "1100,1250", ()),
         ("dark", "1100,1250", ("--blink-settings=preferredColorScheme=0",)),
         ("phone", "400,2100", ()))


def browser(folder, url, *more):
    """What Chromium prints to both outputs."""
    done = subprocess.run(
        ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
         "--hide-scrollbars", "--enable-logging=stderr", "--v=0",
         "--user-data-dir=" + folder, *more, url],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
        check=False)
    return done.stdout.decode("utf-8", "replace")


def complaints(said):
    return [line for line in said.splitlines() if "CONSOLE" in line]


def talk(link, phone, contact, user, stop):
    n = 0
    while not stop.wait(0.1):
        n += 1
        link.say(contact, "to the phone %d" % n, "s%d" % n)
        if n % 3 == 0:
            phone.say(user, "from the phone %d" % n)
        if n % 20 == 0:
            phone.say("sip:nobody@nowhere.example", "astray")


def shoot(scene, folder):
    web = free_port()
    fake = FakeServer(scene)
    phone = Phone(scene, None)
    stox = Stoxd(scene, fake, proxy=phone.address, level="info",
                 more="web: { address: 127.0.0.1, port: %d }\n" % web)
    phone.gateway = stox.address
    fake.next_link().close()
    link = fake.next_link()
    until("the link to be up again",
          lambda: stox.log().count("component_up") == 2)
    stop = threading.Event()
    talker = threading.Thread(target=talk, args=(
        link, phone, "romeo@" + fake.component, "sip:juliet@" + fake.domain,
        stop))
    talker.start()
    url, profile, wrong = "http://127.0.0.1:%d/" % web, scene.dir + "/c", []
    try:
        # After the page has renewed itself twice there is traffic in it.
        dom = browser(profile, url, "--dump-dom",
                      "--virtual-time-budget=16000")
        wrong += complaints(dom)
        if not re.search(r"delivered to SIP</th><td class=\"n\">[1-9]", dom):
            wrong.append("the page does not renew itself")
        stop.wait(20)
        for name, size, more in SHOTS:
            path = os.path.join(folder, name + ".png")
            said = browser(profile, url, "--screenshot=" + path,
                           "--window-size=" + size, *more)
            wrong += complaints(said)
            if not os.path.exists(path):
                wrong.append("no %s: %s" % (path, said[-500:]))
    finally:
        stop.set()
        talker.join()
        stox.stop()
    return wrong


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    if shutil.which("chromium") is None:
        sys.exit("apt install chromium")
    os.makedirs(sys.argv[2], exist_ok=True)
    scene = Scene()
    wrong = ["it did not end"]
    try:
        wrong = shoot(scene, os.path.abspath(sys.argv[2]))
    finally:
        scene.close(bool(wrong))
    for w in wrong:
        print(w)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
