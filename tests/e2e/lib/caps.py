"""XEP-0115 by a hand of its own: the hash of a disco#info answer."""
import base64
import hashlib

from .person import child, local


def form_text(form):
    kind, fields = "", []
    for field in form:
        if local(field) != "field":
            continue
        values = sorted((v.text or "") + "<" for v in field
                        if local(v) == "value")
        if field.get("var") == "FORM_TYPE":
            kind = values[0]
        else:
            fields.append(field.get("var") + "<" + "".join(values))
    return kind + "".join(sorted(fields))


def ver_of(query):
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    ids = sorted("%s/%s/%s/%s<" % (
        i.get("category", ""), i.get("type", ""), i.get(lang, ""),
        i.get("name", "")) for i in query if local(i) == "identity")
    features = sorted(f.get("var") + "<" for f in query
                      if local(f) == "feature")
    forms = sorted(form_text(x) for x in query if local(x) == "x")
    text = "".join(ids + features + forms)
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()


def check(person, presence):
    """The <c/> of a presence stanza leads to an answer with its hash, which
    is returned."""
    c = child(presence, "c")
    assert c is not None and c.get("hash") == "sha-1", presence
    node = "%s#%s" % (c.get("node"), c.get("ver"))
    el = person.ask(presence.get("from"), "<query xmlns='http://jabber.org/"
                    "protocol/disco#info' node='%s'/>" % node)
    assert el.get("type") == "result", el
    query = el[0]
    assert query.get("node") == node
    assert ver_of(query) == c.get("ver"), (ver_of(query), c.get("ver"))
    return query
