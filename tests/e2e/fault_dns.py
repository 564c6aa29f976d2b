"""A name server that fails on purpose. The first label of a name says how:

    good        one A record, 127.0.0.1        nodata      the name is there, but has no address
    nxdomain    there is no such name          servfail    the server failed
    refused     the server does not want to    garbage     bytes that are no DNS
    silent      no answer at all
"""
import socket
import struct
import threading

RCODES = {"good": 0, "nodata": 0, "servfail": 2, "nxdomain": 3, "refused": 5}
TYPE_A = 1


def read_question(packet):
    """(labels, type, where the question ends)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    return labels, struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5


def answer(packet):
    """What is sent back; None for nothing."""
    labels, kind, end = read_question(packet)
    how = labels[0]
    if how == "garbage":
        return b"\xff" * 40
    if how not in RCODES:
        return None
    records = 1 if how == "good" and kind == TYPE_A else 0
    flags = 0x8180 | RCODES[how]
    head = packet[:2] + struct.pack("!HHHHH", flags, 1, records, 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, 1, 60, 4) + bytes((127, 0, 0, 1))
    return head + packet[12:end] + record * records


class FaultyNameServer:
    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.questions = []
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            packet, client = self.socket.recvfrom(4096)
            if len(packet) < 17:
                return
            self.questions.append(".".join(read_question(packet)[0]))
            reply = answer(packet)
            if reply is not None:
                self.socket.sendto(reply, client)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()
