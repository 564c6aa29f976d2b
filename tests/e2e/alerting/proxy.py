"""What may stand between Prometheus and litewatch, and does not do it well."""
import http.client
import http.server
import threading

from support import LoopbackServer


class BadProxy(LoopbackServer):
    """Passes requests on at once until `delay` seconds are set, or `frozen`: from then on every
    answer is that of the next request."""

    def __init__(self, target_port):
        self.delay = 0
        self.frozen = False
        self.kept = None
        self.ended = threading.Event()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                proxy.ended.wait(proxy.delay)
                status, content_type, body = proxy.answer(self.path, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.target_port = target_port
        super().__init__(Handler)

    def answer(self, path, headers):
        if not self.frozen:
            self.kept = None
            return self.ask(path, headers)
        if self.kept is None:
            self.kept = self.ask(path, headers)
        return self.kept

    def ask(self, path, headers):
        upstream = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=10)
        try:
            upstream.request("GET", path, headers={"Accept": headers.get("Accept", "*/*")})
            answer = upstream.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()
        finally:
            upstream.close()

    def close(self):
        self.ended.set()
        super().close()
