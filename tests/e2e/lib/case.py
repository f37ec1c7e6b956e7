"""The frame of every scenario. A class shares one scene: an XMPP server and
the people who are logged in there. Each test starts stoxd and phones of its
own; stoxd must end well, too: exit code 0, nothing for the sanitizers."""
import unittest

from .fakeserver import FakeServer
from .phone import Phone
from .person import Person
from .scene import Scene
from .servers import SERVERS
from .stox import Stoxd


class Case(unittest.TestCase):
    server_name = "prosody"
    server_options = {}

    @classmethod
    def setUpClass(cls):
        cls.scene = Scene()
        cls.server_started = None
        cls.people = {}
        cls.is_failed = False

    @classmethod
    def tearDownClass(cls):
        cls.scene.close(cls.is_failed)

    def complaints(self):
        result = self._outcome.result
        return len(result.failures) + len(result.errors)

    def setUp(self):
        self.complaints_before = self.complaints()
        self.stox = None
        self.mark = len(self.scene.ends)

    def tearDown(self):
        try:
            if self.stox and self.stox.process and self.stox.process.alive():
                self.stox.stop()
        except AssertionError:
            type(self).is_failed = True
            raise
        finally:
            if self.complaints() > self.complaints_before:
                type(self).is_failed = True
            self.scene.close_after(self.mark)

    @property
    def server(self):
        """Started when first wanted, and shared by the class."""
        cls = type(self)
        if cls.server_started is None:
            cls.server_started = SERVERS[self.server_name](
                self.scene, **self.server_options)
            # It outlives this test.
            self.mark = len(self.scene.ends)
        return cls.server_started

    def open(self, phone_answer=200, proxy=None, phone=True, **kw):
        """stoxd between the server and a phone that is the SIP side."""
        server = self.server
        if phone:
            self.phone = Phone(self.scene, None, answer=phone_answer)
            proxy = proxy or self.phone.address
        self.stox = Stoxd(self.scene, server, proxy=proxy, **kw)
        if phone:
            self.phone.gateway = self.stox.address
        self.contact = "romeo@" + server.component
        self.user_uri = "sip:juliet@" + server.domain

    def person(self, name="juliet", resource="desk", **kw):
        """Logged in once a class; what it has not read yet is forgotten."""
        server = self.server
        key = (name, resource)
        people = type(self).people
        if key not in people or not people[key].is_online():
            people[key] = Person(self.scene, server, name, resource, **kw)
            self.mark = len(self.scene.ends)
        else:
            people[key].forget()
        return people[key]

    def forget_people(self):
        """After a restart of the server: log in anew."""
        for p in type(self).people.values():
            p.close()
        type(self).people.clear()


class FakeCase(Case):
    """With an XMPP server of the test's own, new for each test; self.link is
    stoxd's connection to it."""

    def setUp(self):
        super().setUp()
        self.fake = FakeServer(self.scene)

    @property
    def server(self):
        return self.fake

    def open(self, *args, **kw):
        super().open(*args, **kw)
        self.link = self.fake.next_link()
