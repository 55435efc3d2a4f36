#!/usr/bin/python3
"""One server with the lab's tiny guest: argv: DIRECTORY HOST.

DIRECTORY has vmlinuz and initrd (tests/guests/prepare); prints the server's UUID.
Credentials as client.py.
"""
import os
import sys

import requests

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'cloud'))
import client  # noqa: E402

cloud = client.Cloud()


def upload(name, kind, data, **properties):
    image = cloud.call('POST', '/v2/images', {
        'name': name, 'disk_format': kind, 'container_format':
        kind if kind != 'raw' else 'bare', **properties}, kind='image')
    requests.put('%s/v2/images/%s/file' % (cloud.urls['image'], image['id']),
                 data=data, timeout=60, headers={
                     'X-Auth-Token': cloud.token,
                     'Content-Type': 'application/octet-stream'}
                 ).raise_for_status()
    return image['id']


def read(directory, name):
    with open(os.path.join(directory, name), 'rb') as f:
        return f.read()


directory, host = sys.argv[1:]
kernel = upload('kernel', 'aki', read(directory, 'vmlinuz'))
ramdisk = upload('ramdisk', 'ari', read(directory, 'initrd'))
image = upload('guest', 'raw', b'\0' * 512, kernel_id=kernel,
               ramdisk_id=ramdisk, os_command_line='console=ttyS0 panic=0')
cloud.call('POST', '/flavors', {'flavor': {
    'id': '2', 'name': 'guest', 'ram': 128, 'vcpus': 1, 'disk': 1}})
uuid = cloud.call('POST', '/servers', {'server': {
    'name': 'guest', 'imageRef': image, 'flavorRef': '2', 'networks': 'none',
    'host': host}})['server']['id']
cloud.wait(client.is_settled, [uuid], 120)
print(uuid)
