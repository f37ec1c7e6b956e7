"""PostgreSQL for one test: a cluster in the scene's folder, on a socket there.
It refuses to run as root, so it runs as its own user then."""
import glob
import os
import pwd
import subprocess

from .scene import until


class Postgres:
    def __init__(self, scene):
        self.bin = os.path.dirname(sorted(glob.glob(
            "/usr/lib/postgresql/*/bin/initdb"))[-1])
        self.dir = os.path.join(scene.dir, "postgres")
        os.mkdir(self.dir)
        self.user = None
        if os.getuid() == 0:
            self.user = "postgres"
            os.chown(self.dir, pwd.getpwnam("postgres").pw_uid, -1)
        self.run("initdb", "-D", "data", "-A", "trust", "-U", "stox",
                 "--no-sync")
        self.log = open(self.dir + ".log", "wb")
        self.process = subprocess.Popen(
            [self.bin + "/postgres", "-D", "data", "-k", self.dir, "-c",
             "listen_addresses="], cwd=self.dir, user=self.user,
            stdout=self.log, stderr=subprocess.STDOUT)
        scene.at_end(self.close)
        self.conninfo = "host=%s user=stox dbname=postgres" % self.dir
        until("PostgreSQL to listen", self.is_up, 30)

    def run(self, program, *args):
        return subprocess.run([os.path.join(self.bin, program), *args],
                              cwd=self.dir, user=self.user, check=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout.decode()

    def ask(self, sql):
        return self.run("psql", "-h", self.dir, "-U", "stox", "-d",
                        "postgres", "-Atc", sql).strip()

    def is_up(self):
        try:
            return self.ask("SELECT 1") == "1"
        except subprocess.CalledProcessError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()
