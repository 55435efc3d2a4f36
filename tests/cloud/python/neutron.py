"""A Neutron that has nothing: every list is empty.  argv: ADDRESS PORT

Nova 26 asks for ports on server show, list and evacuate even where servers have
`networks: none`; no option stops it.
"""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path = self.path.split('?')[0].rstrip('/')
        name = path.rsplit('/', 1)[-1].replace('.json', '').replace('-', '_')
        reply = {name: []}
        if not path.startswith('/v2.0/'):
            reply = {'versions': [{'id': 'v2.0', 'status': 'CURRENT'}]}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
