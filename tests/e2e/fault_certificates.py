"""Certificates for the fault server, made by the openssl program when a test begins: good ones and
every kind of bad one."""
import datetime
import os
import subprocess

LOCAL_NAMES = "DNS:localhost,IP:127.0.0.1,IP:::1"

# `openssl ca` is the only one of its commands that takes both dates of a certificate.
CONFIG = """
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stdout}")


def day(offset):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
    return moment.strftime("%Y%m%d%H%M%SZ")


class Certificates:
    """NAME.crt (the chain, leaf first) and NAME.key in a folder, all signed by ca.crt but for
    `selfsigned`."""

    def __init__(self, folder):
        self.folder = folder
        with open(self.path("index.txt"), "w"):
            pass
        with open(self.path("openssl.cnf"), "w") as file:
            file.write(CONFIG.format(folder=folder))
        self.make_authority("ca")
        self.make_authority("stranger")
        self.sign("good", LOCAL_NAMES, 90)
        self.sign("expired", LOCAL_NAMES, -2, first_day=-40)
        self.sign("future", LOCAL_NAMES, 40, first_day=2)
        self.sign("two_days", LOCAL_NAMES, 2)
        self.sign("ten_days", LOCAL_NAMES, 10)
        self.sign("wrong_name", "DNS:other.example", 90)
        self.sign("untrusted", LOCAL_NAMES, 90, signer="stranger")
        self.sign("client", "DNS:client.example", 90)
        self.make_selfsigned("selfsigned")
        # An authority between that ends before the leaf does.
        self.sign("between", "DNS:between.example", 5, authority=True)
        self.sign("chained", LOCAL_NAMES, 60, signer="between")
        with open(self.path("chained.crt"), "a") as chain, open(self.crt("between")) as between:
            chain.write(between.read())

    def path(self, name):
        return os.path.join(self.folder, name)

    def crt(self, name):
        return self.path(name + ".crt")

    def key(self, name):
        return self.path(name + ".key")

    def request(self, name, alternatives, authority=False):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternatives}",
                *(("-addext", "basicConstraints=critical,CA:TRUE") if authority else ()),
                "-keyout", self.key(name), "-out", self.path(name + ".csr"))

    def sign(self, name, alternatives, last_day, first_day=-1, signer="ca", authority=False):
        self.request(name, alternatives, authority)
        openssl("ca", "-batch", "-notext", "-config", self.path("openssl.cnf"),
                "-cert", self.crt(signer), "-keyfile", self.key(signer),
                "-startdate", day(first_day), "-enddate", day(last_day),
                "-in", self.path(name + ".csr"), "-out", self.crt(name))

    def make_authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "365", "-subj", f"/CN={name}", "-keyout", self.key(name),
                "-out", self.crt(name))

    def make_selfsigned(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "90", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={LOCAL_NAMES}", "-keyout", self.key(name),
                "-out", self.crt(name))
