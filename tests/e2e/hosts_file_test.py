"""A name of /etc/hosts is probed at the addresses that it has there, and at no others."""
import json
import shutil
import subprocess
import unittest

from support import LITETOOL, LoopbackServer, TestCase, Well, skip

# As container engines and Kubernetes write it: names that share an address, on lines of their own.
HOSTS = """127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
127.0.0.1\tapp
127.0.0.1\tApp.Example.org alias # main entry\r
::1\tsix
"""


class HostsFile(TestCase):
    def setUp(self):
        super().setUp()
        if not shutil.which("bwrap"):
            skip(self, "bwrap is missing")
        self.well = LoopbackServer(Well)
        self.addCleanup(self.well.close)
        with open(self.path("hosts"), "w") as hosts:
            hosts.write(HOSTS)

    def probe(self, name):
        """litetool's answer for the server's port under the name, with that /etc/hosts."""
        done = subprocess.run(["bwrap", "--dev-bind", "/", "/", "--ro-bind", self.path("hosts"),
                               "/etc/hosts", LITETOOL, "probe", "--json",
                               f"http://{name}:{self.well.port}/"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertTrue(done.stdout, done.stderr)
        return json.loads(done.stdout)

    def assert_reached(self, name, address="127.0.0.1"):
        answer = self.probe(name)
        self.assertEqual((answer["address"], answer["success"]), (address, True), answer)

    def test_a_name_that_shares_an_address_with_localhost(self):
        self.assert_reached("app")

    def test_names_and_aliases_in_any_case_on_a_line_of_any_end(self):
        for name in ("app.example.org", "APP.EXAMPLE.ORG", "alias"):
            with self.subTest(name):
                self.assert_reached(name)

    def test_an_address_of_its_own_family(self):
        self.assertEqual(self.probe("six")["address"], "::1")
        self.assertEqual(self.probe("ip6-loopback")["address"], "::1")

    def test_localhost_has_both_addresses_and_ipv6_is_preferred(self):
        self.assertEqual(self.probe("localhost")["address"], "::1")


if __name__ == "__main__":
    unittest.main()
