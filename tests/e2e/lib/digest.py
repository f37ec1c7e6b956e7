"""Digest as a client, by hand (RFC 7616, RFC 8760)."""
import hashlib
import re
import secrets

HASHES = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}


def parse(value):
    """The parameters of a challenge."""
    return {name.lower(): quoted or plain for name, quoted, plain in
            re.findall(r'([a-zA-Z]+)=(?:"([^"]*)"|([^,\s]+))', value)}


def authorization(challenge, what, target, user, password, count=1, **kw):
    """The header line; kw replaces parameters, None leaves one out."""
    c = parse(challenge)
    name = c.get("algorithm", "MD5")

    def h(*parts):
        return HASHES[name](":".join(parts).encode()).hexdigest()

    p = {"username": user, "realm": c["realm"], "nonce": c["nonce"],
         "uri": target, "algorithm": name, "qop": "auth",
         "cnonce": secrets.token_hex(8), "nc": "%08x" % count}
    p.update(kw)
    if "response" not in p:
        p["response"] = h(h(user, c["realm"], password), p["nonce"],
                          p["nc"], p["cnonce"], p["qop"] or "",
                          h(what, p["uri"]))
    bare = ("algorithm", "qop", "nc")
    return "Authorization: Digest %s\r\n" % ", ".join(
        "%s=%s" % (k, v) if k in bare else '%s="%s"' % (k, v)
        for k, v in p.items() if v is not None)
