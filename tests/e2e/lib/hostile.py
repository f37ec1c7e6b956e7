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
# What is understood, to be broken.
GOOD = [
    ("text/html", "<html><body><p>a <b>b</b><a href='http://x/'>c</a><br>&amp;"
     "</p></body></html>"),
    ("application/im-iscomposing+xml", "<?xml version='1.0'?><isComposing xmlns"
     "='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state><refresh>90"
     "</refresh></isComposing>"),
    ("message/cpim", "From: R <im:romeo@sip.example>\r\nTo: <im:juliet@xmpp.test"
     ">\r\nDateTime: 2026-01-01T00:00:00Z\r\nNS: imdn <urn:ietf:params:imdn>\r\n"
     "imdn.Message-ID: 34jk324j\r\nimdn.Disposition-Notification: positive-"
     "delivery, display\r\nSubject:;lang=de hallo\r\n\r\nContent-Type: text/"
     "plain; charset=utf-8\r\n\r\nhello"),
    ("message/cpim", "From: <im:romeo@sip.example>\r\nTo: <im:juliet@xmpp.test>"
     "\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: d834jied\r\n\r\n"
     "Content-Type: message/imdn+xml\r\nContent-Disposition: notification\r\n"
     "\r\n<imdn xmlns='urn:ietf:params:xml:ns:imdn'><message-id>34jk324j"
     "</message-id><datetime>2026-01-01T00:00:00Z</datetime><delivery-"
     "notification><status><delivered/></status></delivery-notification></imdn>"
     ),
    ("multipart/mixed;boundary=b1", "--b1\r\nContent-Type: text/plain\r\n\r\nx"
     "\r\n--b1\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--b1--\r\n"),
    ("multipart/alternative;boundary=b2", "--b2\r\nContent-Type: text/plain;"
     "charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
     "=FCx\r\n--b2\r\nContent-Type: text/html\r\n\r\n<i>x</i>\r\n--b2--"),
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


ME = "from='juliet@xmpp.test/desk' to='%s' id='ID'"
HIM, GATE = ME % "romeo@sip.test", ME % "sip.test"
CHAT = "<message type='chat' " + HIM + ">%s</message>"
FORM = ("<iq type='set' " + GATE + "><command xmlns='http://jabber.org/"
        "protocol/commands' node='%s' action='%s' sessionid='%s'><x xmlns='"
        "jabber:x:data' type='submit'><field var='FORM_TYPE'><value>x</value>"
        "</field><field var='jid'><value>romeo@sip.test</value></field>"
        "</x></command></iq>")
STANZAS = list(spoiled_stanzas("word")) + [
    "<iq type='get' " + to + "><query xmlns='%s'/></iq>" % ns
    for to in (GATE, HIM) for ns in (
        "http://jabber.org/protocol/disco#info", "jabber:iq:search",
        "http://jabber.org/protocol/disco#items", "jabber:iq:gateway",
        "jabber:iq:version", "jabber:iq:last", "jabber:iq:register",
        "urn:xmpp:time", "http://jabber.org/protocol/commands")] + [
    "<iq type='get' " + to + ">" + inside + "</iq>"
    for to in (GATE, HIM) for inside in (
        "<vCard xmlns='vcard-temp'/>",
        "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node="
        "'urn:xmpp:vcard4'><item id='current'/></items></pubsub>",
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node="
        "'urn:xmpp:avatar:metadata'/></pubsub>")] + [
    FORM % (node, action, session)
    for node in ("status", "help", "settings", "ping", "x")
    for action in ("execute", "complete", "cancel", "next")
    for session in ("", "1")] + [
    "<iq type='set' " + GATE + "><query xmlns='jabber:iq:gateway'><prompt>"
    "+49 30 1234</prompt></query></iq>",
    "<iq type='set' " + GATE + "><query xmlns='jabber:iq:search'><nick>ro</nick>"
    "<x xmlns='jabber:x:data' type='submit'><field var='nick'><value>*</value>"
    "</field></x></query></iq>",
    "<message " + GATE + "><body>help</body></message>",
    "<message type='chat' " + GATE + "><body>status x y z</body></message>",
    CHAT % "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    CHAT % "<body>a</body><active xmlns='http://jabber.org/protocol/chatstates'"
    "/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-"
    "markers:0'/>",
    CHAT % "<received xmlns='urn:xmpp:receipts' id='a'/>",
    CHAT % "<displayed xmlns='urn:xmpp:chat-markers:0' id='a'/>",
    CHAT % "<body>b</body><html xmlns='http://jabber.org/protocol/xhtml-im'>"
    "<body xmlns='http://www.w3.org/1999/xhtml'><p style='color:red'>b <em>c"
    "</em><a href='http://x/?a=1&amp;b'>d</a><br/></p></body></html>",
    CHAT % "<body>new</body><replace id='old' xmlns='urn:xmpp:message-correct:"
    "0'/>",
    CHAT % "<body>&gt; q\nr</body><reply to='romeo@sip.test' id='a' xmlns='urn:"
    "xmpp:reply:0'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:"
    "0'><body start='0' end='4'/></fallback>",
    CHAT % "<reactions id='a' xmlns='urn:xmpp:reactions:0'><reaction>👍"
    "</reaction></reactions>",
    CHAT % "<body>http://x/f</body><x xmlns='jabber:x:oob'><url>http://x/f"
    "</url></x>",
    CHAT % "<body xml:lang='de'>a</body><body xml:lang='en'>b</body>",
    "<message type='chat' " + HIM + "><body>" + "long " * 900 +
    "</body></message>",
    "<presence type='unsubscribed' " + HIM + "/>",
    "<presence type='unsubscribe' " + HIM + "/>",
    "<presence " + HIM + "><c xmlns='http://jabber.org/protocol/caps' hash="
    "'sha-1' node='n' ver='v'/><x xmlns='vcard-temp:x:update'><photo/></x>"
    "</presence>",
    "<presence " + GATE + "/>", "<presence type='subscribe' " + GATE + "/>",
    "<iq type='error' " + GATE + "><error type='cancel'><item-not-found xmlns="
    "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    "<message type='error' " + HIM + "><error type='wait'><gone xmlns='urn:ietf"
    ":params:xml:ns:xmpp-stanzas'>xmpp:x</gone></error></message>",
]
