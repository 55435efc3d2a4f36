"""Users, catalogue, image and flavor of a fresh cloud.

argv: identity KEYSTONE PASSWORD TYPE=URL...    users, catalogue
      objects KEYSTONE PASSWORD TYPE=URL...     image, flavor; wants the services
Prints shell assignments: appcred_id, appcred_secret; image.
"""
import sys

import requests

step, keystone, password = sys.argv[1:4]
urls = dict(a.split('=', 1) for a in sys.argv[4:])
session = requests.Session()


def call(method, url, body=None, **kwargs):
    reply = session.request(method, url, json=body, **kwargs)
    if reply.status_code >= 300:
        sys.exit('%s %s: %d %s' % (method, url, reply.status_code, reply.text))
    return reply


def login(name):
    """A token of the user in project admin; returns its description."""
    user = {'name': name, 'domain': {'id': 'default'}, 'password': password}
    project = {'name': 'admin', 'domain': {'id': 'default'}}
    session.headers.pop('X-Auth-Token', None)
    reply = call('POST', keystone + '/auth/tokens', {'auth': {
        'identity': {'methods': ['password'], 'password': {'user': user}},
        'scope': {'project': project}}})
    session.headers['X-Auth-Token'] = reply.headers['X-Subject-Token']
    return reply.json()['token']


def make_users(token):
    admin = next(r['id'] for r in token['roles'] if r['name'] == 'admin')
    for name in ('nova', 'vmha'):
        user = call('POST', keystone + '/users', {'user': {
            'name': name, 'password': password, 'domain_id': 'default'}})
        call('PUT', '%s/projects/%s/users/%s/roles/%s' % (
            keystone, token['project']['id'], user.json()['user']['id'], admin))


def make_catalogue():
    for kind, url in urls.items():
        service = call('POST', keystone + '/services', {'service': {
            'type': kind, 'name': kind}}).json()['service']
        for interface in ('public', 'internal', 'admin'):
            call('POST', keystone + '/endpoints', {'endpoint': {
                'service_id': service['id'], 'interface': interface,
                'region_id': 'RegionOne', 'url': url}})


def make_application_credential():
    user = login('vmha')['user']['id']
    return call('POST', '%s/users/%s/application_credentials' % (
        keystone, user), {'application_credential': {
            'name': 'vmha'}}).json()['application_credential']


def make_image():
    images = urls['image'] + '/v2/images'
    image = call('POST', images, {
        'name': 'tiny', 'disk_format': 'raw', 'container_format': 'bare',
        'visibility': 'public'}).json()['id']
    call('PUT', '%s/%s/file' % (images, image), data=b'\0' * 512,
         headers={'Content-Type': 'application/octet-stream'})
    return image


def make_flavor():
    call('POST', urls['compute'] + '/flavors', {'flavor': {
        'id': '1', 'name': 'tiny', 'ram': 64, 'vcpus': 1, 'disk': 1}})


token = login('admin')
if step == 'identity':
    make_users(token)
    make_catalogue()
    credential = make_application_credential()
    print('appcred_id=' + credential['id'])
    print('appcred_secret=' + credential['secret'])
else:
    make_flavor()
    print('image=' + make_image())
