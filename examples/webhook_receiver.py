"""A receiver of webhooks without any dependency: SECRET=… python examples/webhook_receiver.py [port]"""

import base64, hashlib, hmac, json, os, sys, time  # noqa: E401, I001
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body, at = self.rfile.read(int(self.headers.get("content-length", 0))), self.headers["webhook-timestamp"]
        signed = f"{self.headers['webhook-id']}.{at}.".encode() + body
        wanted = b"v1," + base64.b64encode(hmac.digest(os.environ["SECRET"].encode(), signed, hashlib.sha256))
        given = [each.encode() for each in self.headers.get("webhook-signature", "").split()]
        is_ours = any(hmac.compare_digest(wanted, each) for each in given) and abs(time.time() - int(at)) < 300
        print(json.loads(body) if is_ours else "not from Seedbed", flush=True)
        self.send_response(204 if is_ours else 401)
        self.end_headers()


HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8001), Receiver).serve_forever()
