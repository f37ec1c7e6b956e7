"""baresip with its presence module: it watches its one contact, and answers
those who watch it. What it sees comes from its output."""
from . import baresip
from .scene import until

CONFIG = baresip.CONFIG + "module_app presence.so\n"


class Watching(baresip.Baresip):
    def __init__(self, scene, proxy, peer_uri, **kw):
        kept = baresip.CONFIG
        baresip.CONFIG = CONFIG
        write = scene.write

        def with_presence(path, text):
            if path.endswith("/contacts"):
                text = text.rstrip("\n") + ";presence=p2p\n"
            return write(path, text)

        scene.write = with_presence
        try:
            super().__init__(scene, proxy, peer_uri, **kw)
        finally:
            scene.write = write
            baresip.CONFIG = kept

    def wait_contact(self, words):
        """Until its list of contacts shows that."""
        until("baresip to show " + words, lambda: words in str(
            self.command("contacts").get("data")))
