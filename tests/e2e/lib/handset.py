"""A phone that registers at stoxd and proves who it is, by hand."""
import re
import secrets

from .digest import authorization
from .phone import Phone

NOWHERE = """
    - addresses: [192.0.2.1]
"""
REGISTRAR = """
    registrar:
      enabled: true
"""
USERS = """
  users:
    - { uri: "sip:alice@sip.example", password: wonder }
    - { uri: "sip:bob@sip.example", password: builder }
    - { uri: "sip:carol@sip.example", password: christmas }
"""
PASSWORDS = {"alice": "wonder", "bob": "builder", "carol": "christmas"}


class Handset(Phone):
    """Each request is asked for the password once; then the nonce is counted
    on."""

    def __init__(self, scene, gateway, name, instance=None, **kw):
        super().__init__(scene, gateway, name=name, **kw)
        self.password = PASSWORDS.get(name, "none")
        self.instance = instance
        self.challenge, self.count = None, 0
        self.call_id, self.cseq = secrets.token_hex(8), 0

    @property
    def contact(self):
        more = ";transport=tcp" if self.transport == "tcp" else ""
        return "sip:%s@%s%s" % (self.name, self.address, more)

    def proof(self, method, uri):
        if self.challenge is None:
            return ""
        self.count += 1
        return authorization(self.challenge, method, uri, self.name,
                             self.password, self.count)

    def request(self, method, uri, body="", extra="", timeout=None, **kw):
        """The final answer, after the password was asked for."""
        kw.setdefault("cseq", 1)
        kw.setdefault("call_id", secrets.token_hex(8))
        kw.setdefault("type", None)
        answer = None
        for _ in range(2):
            answer = self.ask(self.message(
                uri, body, method=method,
                extra=extra + self.proof(method, uri), **kw), timeout)
            if answer.status != 401:
                break
            self.challenge, self.count = answer.get("www-authenticate"), 0
            kw["cseq"] += 1
        return answer

    def register(self, contact=None, expires=600, params="", extra="",
                 call_id=None, to=None, cseq=None, uri=None, **kw):
        """contact: False for none at all, "*", or a URI."""
        if contact is None:
            contact = self.contact
        if self.instance:
            params += ';+sip.instance="<%s>"' % self.instance
        lines = ""
        if contact == "*":
            lines = "Contact: *\r\n"
        elif contact:
            lines = "Contact: <%s>%s\r\n" % (contact, params)
        if expires is not None:
            lines += "Expires: %d\r\n" % expires
        self.cseq += 2
        return self.request(
            "REGISTER", uri or "sip:" + self.domain, extra=lines + extra,
            to_uri=to or self.uri, call_id=call_id or self.call_id,
            cseq=cseq or self.cseq, **kw)

    def contacts(self, answer):
        """URI -> its parameters, of a 200 to REGISTER."""
        return {m.group(1): m.group(2) for value in answer.all("contact")
                for m in [re.match(r"<([^>]*)>(.*)", value)]}

    def write(self, to, body, **kw):
        return self.request("MESSAGE", to, body, type="text/plain", **kw)

    # --- presence

    def publish(self, body=None, etag=None, expires=600, event="presence",
                uri=None, kind="application/pidf+xml", extra="", **kw):
        lines = "Event: %s\r\n" % event
        if expires is not None:
            lines += "Expires: %d\r\n" % expires
        if etag:
            lines += "SIP-If-Match: %s\r\n" % etag
        return self.request("PUBLISH", uri or self.uri, body or "",
                            extra=lines + extra, type=kind if body else None,
                            **kw)

    def watch(self, uri, expires=600, accept="application/pidf+xml", extra="",
              **kw):
        """The answer to a SUBSCRIBE that makes a dialog."""
        return self.request(
            "SUBSCRIBE", uri, extra="Event: presence\r\nAccept: %s\r\n"
            "Contact: <%s>\r\nExpires: %d\r\n%s"
            % (accept, self.contact, expires, extra), **kw)

    def seen(self, words, call_id=None, timeout=None):
        """The next NOTIFY with that in its body or its state."""
        return self.expect(
            "NOTIFY with %r" % words, lambda m: m.method == "NOTIFY" and
            (words in m.text or words in m.get("subscription-state")) and
            call_id in (None, m.get("call-id")), timeout)
