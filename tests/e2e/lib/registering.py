"""Real phones with a password that register at stoxd."""
from . import baresip
from .baresip_presence import CONFIG


class Baresip(baresip.Baresip):
    """Registers, publishes where pubint is not 0, and watches its contact."""

    def __init__(self, scene, gateway, peer_uri, name, password, pubint=0,
                 transport="udp", **kw):
        kept, write = baresip.CONFIG, scene.write
        baresip.CONFIG = CONFIG

        def changed(path, text):
            if path.endswith("/contacts"):
                text = text.rstrip("\n") + ";presence=p2p\n"
            if path.endswith("/accounts"):
                text = text.replace("auth_pass=x", "auth_pass=%s;pubint=%d" % (
                    password, pubint)).replace(
                        '";regint', ';transport=%s";regint' % transport)
            return write(path, text)

        scene.write = changed
        try:
            super().__init__(scene, "%s:%d" % gateway, peer_uri, name=name,
                             register=True, **kw)
        finally:
            scene.write, baresip.CONFIG = write, kept

    def wait_contact(self, words, timeout=None):
        baresip.until("baresip to show " + words, lambda: words in str(
            self.command("contacts").get("data")), timeout)
