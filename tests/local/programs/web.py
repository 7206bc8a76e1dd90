"""A program for sprites that tells what it was asked; standard library only."""

import base64
import hashlib
import json
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = 65536


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def parts(self):
        """Yield the body as it comes."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        left = int(self.headers.get("Content-Length", 0))
        while left:
            part = self.rfile.read(min(left, CHUNK))
            left -= len(part)
            yield part

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self):
        name = "do" + self.path.partition("?")[0].replace("/", "_")
        getattr(self, name, self.tell)()

    def __getattr__(self, name):
        if name.startswith("do_") and name[3:].isupper():
            return self.answer
        raise AttributeError(name)

    def tell(self):
        digest, size = hashlib.sha256(), 0
        for part in self.parts():
            digest.update(part)
            size += len(part)
        said = {
            "method": self.command,
            "path": self.requestline.split(" ")[1],  # `path` is tidied
            "headers": [[key.lower(), value] for key, value in self.headers.items()],
            "size": size,
            "sha256": digest.hexdigest(),
        }
        body = json.dumps(said).encode()
        self.send_response(207)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Two", "1")
        self.send_header("X-Two", "2")
        self.send_header("Connection", "X-Mine")
        self.send_header("X-Mine", "for this hop")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_duplex(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in self.parts():
            self.chunk(part.upper())
        self.chunk(b"")

    def do_many(self):
        self.send_response(200)
        self.send_header("Content-Length", str(1024 * CHUNK))
        self.end_headers()
        for _ in range(1024):
            self.wfile.write(b"x" * CHUNK)

    def do_early(self):
        self.send_response(413)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.close_connection = True

    def do_cut(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"some")
        self.close_connection = True

    def do_nothing(self):
        self.close_connection = True

    def do_garbage(self):
        self.wfile.write(b"\x00\x01 no HTTP at all\r\n\r\n")
        self.close_connection = True

    def do_refuse(self):
        self.send_response(418)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"no!")

    def do_socket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_header("Sec-WebSocket-Accept", accept)
        if offered := self.headers.get("Sec-WebSocket-Protocol"):
            self.send_header("Sec-WebSocket-Protocol", offered.split(",")[-1].strip())
        self.send_header("Set-Cookie", "seen=1")
        self.end_headers()
        self.frame(1, json.dumps({k.lower(): v for k, v in self.headers.items()}).encode())
        self.close_connection = True
        while True:
            opcode, data = self.read_frame()
            if data == b"close":
                data, opcode = struct.pack(">H", 4321) + b"as told", 8
            self.frame(opcode, data)
            if opcode == 8:
                return

    def read_frame(self):
        first, second = self.rfile.read(2)
        length = second & 127
        if length > 125:
            size = 2 if length == 126 else 8
            length = int.from_bytes(self.rfile.read(size), "big")
        mask = self.rfile.read(4)
        data = bytearray(self.rfile.read(length))
        for place in range(4):
            data[place::4] = bytes(byte ^ mask[place] for byte in data[place::4])
        return first & 15, bytes(data)

    def frame(self, opcode, data):
        size = len(data)
        head = bytes([128 | opcode, size]) if size < 126 else bytes([128 | opcode, 126])
        if 126 <= size < 65536:
            head += struct.pack(">H", size)
        elif size >= 65536:
            head = bytes([128 | opcode, 127]) + struct.pack(">Q", size)
        self.wfile.write(head + data)
        self.wfile.flush()


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
