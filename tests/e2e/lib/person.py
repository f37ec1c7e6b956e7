"""An XMPP user: slixmpp in a thread of its own, with calls that wait."""
import asyncio
import logging
import queue
import threading
import time
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from .scene import TIMEOUT, Failed
from .servers import PASSWORD

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)


class Client(slixmpp.ClientXMPP):
    def __init__(self, person, jid):
        super().__init__(jid, PASSWORD)
        self.person = person
        # A person answers for himself, when the test says so.
        self.auto_authorize = None
        self.auto_subscribe = False
        self.add_event_handler("session_start", self.on_start)
        for kind in ("message", "presence", "iq"):
            self.register_handler(Callback(
                "all-" + kind, MatchXPath("{jabber:client}" + kind),
                self.on_stanza))

    async def on_start(self, _):
        if self.person.wants_presence:
            self.send_raw("<presence/>")
        try:
            await self.get_roster()
        finally:
            self.person.ready.set()

    def on_stanza(self, stanza):
        self.person.stanzas.put(ET.fromstring(str(stanza)))


class Person:
    """person.send(...) writes raw XML; person.expect(...) waits for a stanza
    that fits and returns it as an ElementTree element."""

    def __init__(self, scene, server, name, resource="desk", presence=True):
        self.jid = "%s@%s" % (name, server.domain)
        self.full = self.jid + "/" + resource
        self.wants_presence = presence
        self.stanzas = queue.Queue()
        self.seen = []
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.port = server.c2s_port
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        scene.at_end(self.close)
        if not self.ready.wait(TIMEOUT * 2):
            raise Failed(self.full + " cannot log in")

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.client = Client(self, self.full)
        self.client.connect(("127.0.0.1", self.port), force_starttls=False,
                            disable_starttls=True, use_ssl=False)
        self.loop.run_forever()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(
            asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.client.abort)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)

    def is_online(self):
        return self.thread.is_alive() and self.client.is_connected()

    def forget(self):
        self.seen.clear()
        while not self.stanzas.empty():
            self.stanzas.get_nowait()

    def send(self, xml):
        self.loop.call_soon_threadsafe(self.client.send_raw, xml)

    def say(self, to, body, id=None, **attrs):
        """A chat message; body is escaped here."""
        el = ET.Element("message", {"to": to, "type": "chat", **attrs})
        if id:
            el.set("id", id)
        ET.SubElement(el, "body").text = body
        self.send(ET.tostring(el, encoding="unicode"))

    def take(self, fits, timeout=None):
        """The first stanza that fits, or None in time."""
        for i, el in enumerate(self.seen):
            if fits(el):
                return self.seen.pop(i)
        end = time.monotonic() + (timeout or TIMEOUT)
        while True:
            try:
                el = self.stanzas.get(
                    timeout=max(0.001, end - time.monotonic()))
            except queue.Empty:
                return None
            if fits(el):
                return el
            self.seen.append(el)

    def expect(self, what, fits, timeout=None):
        el = self.take(fits, timeout)
        if el is None:
            raise Failed("%s did not get %s; got %s" % (
                self.full, what,
                [ET.tostring(e, encoding="unicode") for e in self.seen]))
        return el

    def expect_message(self, body, timeout=None):
        return self.expect("the message %r" % body, lambda el:
                           local(el) == "message" and text(el, "body") == body,
                           timeout)

    def expect_error(self, id, condition=None, timeout=None):
        el = self.expect("an error for id %r" % id, lambda e:
                         e.get("type") == "error" and e.get("id") == id,
                         timeout)
        found = [local(c) for c in child(el, "error")]
        if condition and condition not in found:
            raise Failed("expected %s, got %s" % (condition, found))
        return el

    def expect_nothing(self, what, fits, seconds):
        el = self.take(fits, seconds)
        if el is not None:
            raise Failed("%s got %s: %s" % (
                self.full, what, ET.tostring(el, encoding="unicode")))

    def ask(self, to, payload, kind="get", timeout=None):
        """Sends an iq and returns the answer."""
        id = "q%d" % (time.monotonic_ns() % 10**12)
        self.send("<iq type='%s' to='%s' id='%s'>%s</iq>"
                  % (kind, to, id, payload))
        return self.expect("an answer to iq " + id, lambda el:
                           local(el) == "iq" and el.get("id") == id and
                           el.get("type") in ("result", "error"), timeout)


def local(el):
    return el.tag.rsplit("}", 1)[-1]


def child(el, name):
    for c in el:
        if local(c) == name:
            return c
    return None


def text(el, name):
    c = child(el, name)
    return None if c is None else (c.text or "")
