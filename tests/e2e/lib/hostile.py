"""Bodies, words and stanzas that are meant to hurt."""
import gzip
import zlib

PIDF = b"application/pidf+xml"
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
OPEN = (b'<presence xmlns="urn:ietf:params:xml:ns:pidf" '
        b'entity="sip:romeo@sip.example">')
TUPLE = b'<tuple id="t%d"><status><basic>open</basic></status>%s</tuple>'


def presence(inner, head=HEAD):
    return head + OPEN + inner + b"</presence>"


def note(text):
    return presence(TUPLE % (1, b"<note>" + text + b"</note>"))


def bomb(levels):
    return (b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10)
        for i in range(1, levels)) + b"]>")


# name, Content-Type, body
DOCUMENTS = [(name, PIDF.decode(), body) for name, body in (
    ("empty", b""), ("one byte", b"<"), ("nothing but NULs", b"\0" * 400),
    ("NUL inside", note(b"a\0b")), ("control", note(b"a\x01b")),
    ("bad utf-8", note(b"\xff\xfe")), ("surrogate", note(b"\xed\xa0\x80")),
    ("overlong", note(b"\xc0\xbc/note>")), ("reference", note(b"&#0;")),
    ("not a character", note(b"&#xFFFF;")), ("no entity", note(b"&foo;")),
    ("entity bomb", presence(b"<note>&a9;</note>", HEAD + bomb(10))),
    ("outside entity", presence(b"<note>&a;</note>", HEAD +
     b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')),
    ("parameter entity", presence(b"", HEAD + b'<!DOCTYPE x [<!ENTITY % a '
                                  b'SYSTEM "http://127.0.0.1/"> %a;]>')),
    ("doctype alone", HEAD + b"<!DOCTYPE presence>" + OPEN + b"</presence>"),
    ("deep", presence(b"<x>" * 9000 + b"</x>" * 9000)),
    ("deep and open", HEAD + OPEN + b"<x>" * 15000),
    ("many tuples", presence(b"".join(TUPLE % (i, b"") for i in range(600)))),
    ("the same tuple", presence((TUPLE % (1, b"")) * 600)),
    ("many attributes", presence(b"<x " + b" ".join(
        b"a%d='1'" % i for i in range(4000)) + b"/>")),
    ("attribute twice", presence(b"<x a='1' a='2'/>")),
    ("long attribute", presence(b"<x a='" + b"y" * 40000 + b"'/>")),
    ("long name", presence(b"<" + b"y" * 40000 + b"/>")),
    ("many namespaces", presence(b"".join(
        b"<x xmlns:n%d='urn:%d'/>" % (i, i) for i in range(1500)))),
    ("long note", note(b"z" * 45000)), ("many notes", presence(
        TUPLE % (1, b"<note>n</note>" * 3000))),
    ("utf-16", presence(b"").decode().replace("UTF-8", "UTF-16").encode(
        "utf-16")),
    ("utf-16 unsaid", presence(b"").decode().encode("utf-16-le")),
    ("utf-7", presence(b"", b'<?xml version="1.0" encoding="UTF-7"?>')),
    ("latin-1", presence(TUPLE % (1, b"<note>\xfc\xe9</note>"),
                         b'<?xml version="1.0" encoding="ISO-8859-1"?>')),
    ("a charset of nobody", presence(
        b"", b'<?xml version="1.0" encoding="x-none"?>')),
    ("comment and instruction", presence(b"<!-- a --><?php b ?>")),
    ("cdata", note(b"<![CDATA[</note></tuple>]]]]><![CDATA[>]]>")),
    ("other root", b"<x/>"), ("other namespace", b"<presence/>"),
    ("text behind", presence(b"") + b"trailing"),
    ("two documents", presence(b"") * 2),
    ("injected stanza", note(b"&lt;/status>&lt;/presence>&lt;message to='x@y'"
                             b" id='evil'/>")),
    ("tuple id", presence(b'<tuple id="' + b"&quot;&#10;/\xc3\xa9" * 500 +
                          b'"><status><basic>open</basic></status></tuple>')),
    ("odd values", presence(
        b'<tuple id=""><status><basic>OPEN</basic><basic>closed</basic>'
        b"</status><contact priority='99999999999'>x</contact><timestamp>"
        b"9999-99-99T99:99:99Z</timestamp></tuple>")),
    ("priority", presence(TUPLE % (1, b"<contact priority='-1e400'>sip:a@b"
                                   b"</contact>"))),
    ("timestamp", presence(TUPLE % (1, b"<timestamp>" + b"1" * 30000 +
                                    b"</timestamp>"))),
    ("only blanks", b" \r\n" * 9000), ("bom alone", b"\xef\xbb\xbf"),
    ("half a bom", b"\xff"), ("unfinished", HEAD + OPEN + b"<tuple id='"),
)] + [
    ("no type", "x", presence(b"")), ("dialog-info", "application/"
     "dialog-info+xml", b"<dialog-info xmlns='urn:ietf:params:xml:ns:"
     b"dialog-info' version='99999999999999999999' state='full' entity='x'>" +
     b"<dialog id='a'/>" * 2000 + b"</dialog-info>"),
    ("winfo", "application/watcherinfo+xml", b"<watcherinfo xmlns='urn:ietf:"
     b"params:xml:ns:watcherinfo' version='-1' state='full'/>"),
    ("multipart", "multipart/related;boundary=x;type=\"application/rlmi+xml\"",
     b"--x\r\n" * 5000), ("no boundary", "multipart/mixed", presence(b"")),
    ("long boundary", "multipart/mixed;boundary=" + "b" * 300,
     b"--" + b"b" * 300 + b"\r\n\r\nx\r\n--" + b"b" * 300 + b"--"),
]
TEXTS = [
    ("nuls", "text/plain", b"\0" * 100), ("bad utf-8", "text/plain",
                                          b"\xff\xfe\xfd"),
    ("controls", "text/plain", bytes(range(256))),
    ("cp1252", "text/plain;charset=windows-1252", bytes(range(128, 256))),
    ("utf-16", "text/plain;charset=utf-16", b"\xff\xfea\0\0\xd8"),
    ("utf-16 odd", "text/plain;charset=utf-16", b"a"),
    ("no charset", "text/plain;charset=", b"a"),
    ("charset of nobody", "text/plain;charset=x-none", b"a"),
    ("long charset", "text/plain;charset=" + "x" * 5000, b"a"),
    ("bidi", "text/plain", "\u202e\u2066abc".encode()),
    ("nonchar", "text/plain", "a\ufffe\uffff\U0001ffff".encode()),
    ("stanza", "text/plain", b"</body></message><message to='juliet@xmpp.test'"
     b" from='romeo@sip.test' id='evil'><body>evil"),
    ("cdata", "text/plain", b"]]>]]&gt;<![CDATA[ x ]]>"),
    ("nested", "multipart/mixed;boundary=a", b"--a\r\nContent-Type: multipart/"
     b"mixed;boundary=a\r\n\r\n" * 400),
    ("cpim", "message/cpim", b"From: <im:a@b>\r\n" * 1500 +
     b"\r\nContent-Type: text/plain\r\n\r\nx"),
    ("cpim headers", "message/cpim", b"\r\n\r\n\r\n"),
    ("imdn", "message/imdn+xml", b"<imdn xmlns='urn:ietf:params:xml:ns:imdn'>"
     b"<message-id>" + b"x" * 9000 + b"</message-id></imdn>"),
    ("iscomposing", "application/im-iscomposing+xml", b"<isComposing xmlns='"
     b"urn:ietf:params:xml:ns:im-iscomposing'><refresh>-9999999999999999999"
     b"</refresh><state>active</state></isComposing>"),
    ("html", "text/html", b"<b>" * 9000 + b"<script>alert(1)</script>"),
    ("gzip", "text/plain\r\nContent-Encoding: gzip", b"\x1f\x8b\x08\0"),
    ("no deflate", "text/plain\r\nContent-Encoding: deflate",
     b"\x78\xda" + b"\xff" * 400),
    ("deflate bomb", "text/plain\r\nContent-Encoding: deflate",
     zlib.compress(b"a" * 30000000)),
    ("gzip bomb", "application/pidf+xml\r\nContent-Encoding: gzip",
     gzip.compress(b"<a>" * 5000000, mtime=0)),
    ("bomb in a bomb", "text/plain\r\nContent-Encoding: deflate, deflate",
     zlib.compress(zlib.compress(b"a" * 30000000))),
    ("base64", "text/plain\r\nContent-Transfer-Encoding: base64", b"=" * 99),
    ("quoted", "text/plain\r\nContent-Transfer-Encoding: quoted-printable",
     b"=0=1=\r\n=FF=00=3C"),
]
# For the mutator.
BODIES = [(kind.split("\r\n")[0].encode(), body)
          for _, kind, body in DOCUMENTS + TEXTS if len(body) < 2000]

EVIL = "</body></message><message to='juliet@xmpp.test' id='evil'><body>"
WORDS = [
    EVIL, "'\"<>&", "\r\nX-Evil: 1", "\nX-Evil: 1", "\0", "\x01\x1f\x7f",
    "\udcff\udcfe", "\udced\udca0\udc80", "]]>", "<![CDATA[", "&#0;", "&evil;",
    "\ufffe\uffff", "\\", "\\\"", "%00", "%0d%0a", "a" * 900, "\u202e",
    "<?xml version='1.0'?>", "<!DOCTYPE x>", "</stream:stream>", "@", "/", "é",
]
# As text of XML.
XML_WORDS = [
    "&#13;&#10;X-Evil: 1", "&#10;X-Evil: 1", "&#13;X-Evil: 1",
    "&#10;&#10;evil body", "&#x85;X-Evil: 1", "&#x2028;X-Evil: 1",
    "%0d%0aX-Evil: 1", "&quot;&gt;;tag=evil", "&lt;sip:evil@x&gt;", ";tag=evil",
    ">;lr,", "?X-Evil=1", "&amp;X-Evil=1", "\\", "\\22", "\\0d\\0aX-Evil",
    "&#9;", "&#x7f;", "é\u202e", "a" * 1000, ",", "%", "%00", "%zz", ": ",
    "&#10; folded", "&#13;&#10;&#13;&#10;MESSAGE sip:x SIP/2.0&#13;&#10;",
]
PRESENCE_TYPES = ("", " type='subscribe'", " type='unavailable'",
                  " type='probe'", " type='subscribed'")


def spoiled_stanzas(w):
    """The word in every place of a stanza that may reach SIP."""
    me, him = "juliet@xmpp.test/desk", "romeo@sip.test"
    yield ("<message from='%s' to='%s' id='ID' type='chat'><body>%s</body>"
           "<subject>%s</subject><thread>%s</thread></message>"
           % (me, him, w, w, w))
    yield ("<message from='juliet@xmpp.test/%s' to='%s' id='ID'><body>r</body>"
           "</message>" % (w, him))
    yield ("<message from='ju%s@xmpp.test/a' to='%s' id='ID'><body>l</body>"
           "</message>" % (w, him))
    yield ("<message from='%s' to='ro%s@sip.test' id='ID'><body>t</body>"
           "</message>" % (me, w))
    yield ("<message from='%s' to='%s/%s' id='ID'><body>f</body></message>"
           % (me, him, w))
    yield ("<message from='%s' to='%s' id='ID%s' xml:lang='%s'><body>i</body>"
           "</message>" % (me, him, w, w))
    yield ("<message from='%s' to='%s' id='ID' type='%s'><body xml:lang='%s'>"
           "b</body><nick xmlns='http://jabber.org/protocol/nick'>%s</nick>"
           "<delay xmlns='urn:xmpp:delay' stamp='%s' from='%s'>%s</delay>"
           "<replace id='%s' xmlns='urn:xmpp:message-correct:0'/>"
           "<request xmlns='urn:xmpp:receipts'/>"
           "<received xmlns='urn:xmpp:receipts' id='%s'/></message>"
           % ((me, him) + (w,) * 8))
    for kind in PRESENCE_TYPES:
        yield ("<presence from='%s' to='%s' id='ID'%s><show>%s</show><status "
               "xml:lang='%s'>%s</status><priority>%s</priority><nick xmlns='"
               "http://jabber.org/protocol/nick'>%s</nick></presence>"
               % ((me, him, kind) + (w,) * 5))


STANZAS = list(spoiled_stanzas("word")) + [
    "<iq type='get' from='a@xmpp.test' to='sip.test' id='1'><query "
    "xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "<iq type='set' from='a@xmpp.test' to='sip.test' id='2'><command "
    "xmlns='http://jabber.org/protocol/commands' node='x'/></iq>",
    "<iq type='error' from='a@xmpp.test' to='sip.test' id='3'><error "
    "type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
    "/></error></iq>",
    "<message type='error' from='a@xmpp.test' to='r@sip.test' id='4'><error "
    "type='wait'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:x"
    "</gone></error></message>",
]
