"""WSGI filter: what is outside of Nova's API: a log of requests, and a proxy
that answers in its place.

The lines are those of novasim's request log:
    <epoch.ms> <seq> recv <method> <path?query> - 0 <version> <body>
    <epoch.ms> <seq> send <method> <path?query> <status> <ms> <version> -
recv: the request is complete; send: the answer starts, ms after recv.  version
is the microversion asked for or '-', body the request's JSON or '-'.  seq counts
the requests of all workers in the order of their arrival.

While there is a file $CLOUD_KNOBS/nova-api, `STATUS` or `STATUS METHOD...`, Nova
gets no request (of these methods), and the client that status, as from a load
balancer that has no nova-api left.
"""
import fcntl
import io
import json
import os
import time

MAX_BODY = 64 * 1024


def refusal(method):
    """The status to answer with instead of Nova, or None."""
    try:
        with open(os.path.join(os.environ['CLOUD_KNOBS'], 'nova-api')) as knob:
            status, *methods = knob.read().split()
    except FileNotFoundError:
        return None
    return status if not methods or method in methods else None


def factory(global_conf, path):
    return lambda app: RequestLog(app, path)


class RequestLog:
    def __init__(self, app, path):
        self.app = app
        self.path = path

    def __call__(self, environ, start_response):
        body = self._body(environ)
        arrival = time.time()
        seq = self._count()
        self._write(environ, seq, 'recv', '- 0', body)

        def start(status, headers, exc_info=None):
            took_ms = (time.time() - arrival) * 1000
            self._write(environ, seq, 'send',
                        '%s %.0f' % (status.split()[0], took_ms), '-')
            return start_response(status, headers, exc_info)

        status = refusal(environ['REQUEST_METHOD'])
        if status:
            start('%s Refused' % status, [('Content-Type', 'text/plain')])
            return [b'by the knob nova-api\n']
        return self.app(environ, start)

    @staticmethod
    def _body(environ):
        size = int(environ.get('CONTENT_LENGTH') or 0)
        if not 0 < size <= MAX_BODY:
            return '-'
        raw = environ['wsgi.input'].read(size)
        environ['wsgi.input'] = io.BytesIO(raw)
        try:
            return json.dumps(json.loads(raw), separators=(',', ':'))
        except ValueError:
            return '-'

    def _count(self):
        """The size of a file that all workers add one byte to."""
        with open(self.path + '.seq', 'ab') as count:
            fcntl.flock(count, fcntl.LOCK_EX)
            count.write(b'.')
            count.flush()
            return os.fstat(count.fileno()).st_size

    def _write(self, environ, seq, what, result, text):
        path = environ.get('SCRIPT_NAME', '') + environ['PATH_INFO']
        if environ.get('QUERY_STRING'):
            path += '?' + environ['QUERY_STRING']
        version = environ.get('HTTP_OPENSTACK_API_VERSION', '-').split()[-1]
        with open(self.path, 'a') as out:
            fcntl.flock(out, fcntl.LOCK_EX)
            out.write('%.3f %d %s %s %s %s %s %s\n' % (
                time.time(), seq, what, environ['REQUEST_METHOD'], path,
                result, version, text))
