"""SIMPLE by hand: the two ends of a subscription, for a Phone."""
import re
import secrets
import time
from xml.sax.saxutils import escape

from .scene import TIMEOUT, Failed

PIDF = """<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="{uri}">{tuples}</presence>
"""
TUPLE = ("<tuple id=\"{id}\"><status><basic>{basic}</basic>{show}</status>"
         "{note}</tuple>")


def pidf(uri, basic="open", note=None, show=None, id="t1"):
    return PIDF.format(uri=uri, tuples=TUPLE.format(
        id=id, basic=basic,
        note="<note>%s</note>" % escape(note) if note else "",
        show="<show xmlns='jabber:client'>%s</show>" % show if show else ""))


def pidfs(uri, *tuples):
    """tuples: (id, basic, note)"""
    return PIDF.format(uri=uri, tuples="".join(TUPLE.format(
        id=id, basic=basic, note="<note>%s</note>" % escape(note), show="")
        for id, basic, note in tuples))


def tag(value):
    m = re.search(r";tag=([^;>\s]+)", value)
    return m.group(1) if m else None


def address(value):
    m = re.search(r"<([^>]+)>", value)
    return m.group(1) if m else value.split(";")[0].strip()


def remember(phone):
    """From now on phone.history has every request that came."""
    if hasattr(phone, "history"):
        return
    phone.history = []
    put = phone.requests.put
    phone.requests.put = lambda m: (phone.history.append(m), put(m))


class Notifier:
    """The dialog of a SUBSCRIBE that the phone got: it sends NOTIFYs."""

    def __init__(self, phone, subscribe, cseq=100):
        self.phone = phone
        self.call_id = subscribe.get("call-id")
        self.remote = subscribe.get("from")
        self.local = re.sub(r";tag=.*", "", subscribe.get("to"))
        self.tag = "phone"
        self.target = address(subscribe.get("contact"))
        self.event = subscribe.get("event")
        self.cseq = cseq

    def bytes(self, state, body="", extra="", cseq=None, event=None,
              kind="application/pidf+xml"):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        data = body.encode("utf-8")
        kind = "Content-Type: %s\r\n" % kind if data else ""
        return ("NOTIFY {t} SIP/2.0\r\n"
                "Via: SIP/2.0/{tr} {a};rport;branch=z9hG4bK{b}\r\n"
                "Max-Forwards: 70\r\nFrom: {l};tag={lt}\r\nTo: {r}\r\n"
                "Call-ID: {c}\r\nCSeq: {n} NOTIFY\r\n"
                "Contact: <sip:{u}@{a}>\r\nEvent: {e}\r\n"
                "Subscription-State: {s}\r\n{x}{k}Content-Length: {z}\r\n\r\n"
                ).format(t=self.target, tr=self.phone.transport.upper(),
                         a=self.phone.address, b=secrets.token_hex(8),
                         l=self.local, lt=self.tag, r=self.remote,
                         c=self.call_id, n=cseq, u=self.phone.name,
                         e=event or self.event, s=state, x=extra, k=kind,
                         z=len(data)).encode() + data

    def notify(self, state="active;expires=3600", body="", **kw):
        return self.phone.ask(self.bytes(state, body, **kw))


class Watcher:
    """A subscription that the phone makes: it gets NOTIFYs."""

    def __init__(self, phone, uri, accept="application/pidf+xml"):
        self.phone, self.uri, self.accept = phone, uri, accept
        self.call_id = secrets.token_hex(8)
        self.local_tag = secrets.token_hex(4)
        self.remote_tag, self.target, self.cseq = None, uri, 0
        remember(phone)

    def bytes(self, expires=3600, extra="", event="presence"):
        self.cseq += 1
        to = "<%s>" % self.uri
        if self.remote_tag:
            to += ";tag=" + self.remote_tag
        accept = "Accept: %s\r\n" % self.accept if self.accept else ""
        event = "Event: %s\r\n" % event if event else ""
        when = "" if expires is None else "Expires: %d\r\n" % expires
        return ("SUBSCRIBE {t} SIP/2.0\r\n"
                "Via: SIP/2.0/{tr} {a};rport;branch=z9hG4bK{b}\r\n"
                "Max-Forwards: 70\r\nFrom: <{f}>;tag={lt}\r\nTo: {to}\r\n"
                "Call-ID: {c}\r\nCSeq: {n} SUBSCRIBE\r\n"
                "Contact: <sip:{u}@{a}>\r\n{e}{w}{x}{ac}"
                "Content-Length: 0\r\n\r\n").format(
                    t=self.target, tr=self.phone.transport.upper(),
                    a=self.phone.address, b=secrets.token_hex(8),
                    f=self.phone.uri, lt=self.local_tag, to=to,
                    c=self.call_id, n=self.cseq, u=self.phone.name,
                    e=event, w=when, x=extra, ac=accept).encode()

    def subscribe(self, expires=3600, **kw):
        answer = self.phone.ask(self.bytes(expires, **kw))
        if answer.status < 300:
            self.remote_tag = tag(answer.get("to"))
            self.target = address(answer.get("contact"))
        return answer

    def expect(self, state, timeout=None):
        """The next NOTIFY of this dialog whose state starts with that."""
        return self.phone.expect("NOTIFY " + state, lambda m:
                                 m.method == "NOTIFY" and
                                 m.get("call-id") == self.call_id and
                                 m.get("subscription-state").startswith(
                                     state), timeout)

    def newest(self):
        """The last NOTIFY of this dialog that has come."""
        return [m for m in self.phone.history if m.method == "NOTIFY" and
                m.get("call-id") == self.call_id][-1]

    def seen(self, state, words="", timeout=None):
        """Any NOTIFY of this dialog with that state and those words, of those
        that have come and are to come; the order among dialogs is free."""
        end = time.monotonic() + (timeout or TIMEOUT)
        while True:
            for m in self.phone.history:
                if (m.method == "NOTIFY" and
                        m.get("call-id") == self.call_id and
                        m.get("subscription-state").startswith(state) and
                        words in m.text):
                    return m
            if time.monotonic() > end:
                raise Failed("no NOTIFY %s with %r" % (state, words))
            time.sleep(0.02)
