# shellcheck shell=bash
# Writes every configuration file of the test cloud; sourced by `cloud`.

db() { echo "mysql+pymysql://root@localhost/$1?unix_socket=$socket&charset=utf8"; }

# The one service account, as keystoneauth options.
account() {
    cat <<X
auth_type = password
auth_url = $keystone
www_authenticate_uri = $keystone
username = nova
password = $CLOUD_SECRET
project_name = admin
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
X
}

# Nothing here survives the lab, so nothing is ever flushed to a disk.
conf_mariadb() {
    cat >"$etc/my.cnf" <<X
[mariadbd]
datadir = $data/mysql
socket = $socket
pid-file = $CLOUD_VAR/mysql.pid
user = root
skip-networking
skip-name-resolve
skip-log-bin
default-time-zone = +00:00
max_connections = 500
innodb_buffer_pool_size = 128M
innodb_log_file_size = 16M
innodb_flush_log_at_trx_commit = 0
innodb_doublewrite = 0
innodb_file_per_table = 0
innodb_flush_method = nosync
performance_schema = 0
X
}

conf_rabbit() {
    cat >"$etc/rabbitmq.conf" <<X
listeners.tcp.1 = $CLOUD_ADDR:5672
loopback_users = none
log.console = true
log.console.level = warning
log.file = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 50MB
X
    : >"$etc/rabbit_plugins"
}

# Four hash rounds (Keystone's least): each service logs in when it starts.
conf_keystone() {
    cat >"$etc/keystone/keystone.conf" <<X
[database]
connection = $(db keystone)
[identity]
password_hash_rounds = 4
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = $data/fernet
[credential]
key_repository = $data/credential
[cache]
enabled = true
backend = dogpile.cache.memory
X
}

conf_placement() {
    cat >"$etc/placement/placement.conf" <<X
[placement_database]
connection = $(db placement)
[api]
auth_strategy = keystone
[keystone_authtoken]
$(account)
X
}

conf_glance() {
    cat >"$etc/glance/glance-api.conf" <<X
[DEFAULT]
enabled_backends = file:file
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $data/glance
[database]
connection = $(db glance)
[paste_deploy]
flavor = keystone
[keystone_authtoken]
$(account)
X
    cat >"$etc/glance/glance-api-paste.ini" <<X
[pipeline:glance-api-keystone]
pipeline = versionnegotiation authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:versionnegotiation]
paste.filter_factory = glance.api.middleware.version_negotiation:VersionNegotiationFilter.factory
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
X
}

# What nova-compute reads, too; the data bases are the control plane's alone.
conf_nova() {
    cat >"$etc/nova/nova.conf" <<X
[DEFAULT]
transport_url = rabbit://guest:guest@$CLOUD_ADDR/
my_ip = $CLOUD_ADDR
state_path = $CLOUD_VAR/nova
compute_driver = outliving.Driver
heal_instance_info_cache_interval = -1
[wsgi]
api_paste_config = $etc/nova/api-paste.ini
[keystone_authtoken]
$(account)
[placement]
$(account)
[glance]
api_servers = $glance
[neutron]
endpoint_override = $neutron
$(account)
[quota]
instances = -1
cores = -1
ram = -1
[conductor]
workers = 1
[scheduler]
workers = 1
[oslo_concurrency]
lock_path = $CLOUD_VAR/nova/lock
[vnc]
enabled = false
X
    cat >"$etc/nova/controller.conf" <<X
[DEFAULT]
host = controller
[api_database]
connection = $(db nova_api)
[database]
connection = $(db nova)
X
    conf_nova_paste
}

conf_nova_paste() {
    cat >"$etc/nova/api-paste.ini" <<X
[composite:osapi_compute]
use = call:nova.api.openstack.urlmap:urlmap_factory
/: versions
/v2.1: version
/v2.1/+: v21
[pipeline:v21]
pipeline = outside request_id faultwrap authtoken context v21app
[pipeline:versions]
pipeline = outside faultwrap versionsapp
[pipeline:version]
pipeline = outside faultwrap versionapp
[filter:outside]
paste.filter_factory = requestlog:factory
path = $requests
[filter:request_id]
paste.filter_factory = nova.api.compute_req_id:ComputeReqIdMiddleware.factory
[filter:faultwrap]
paste.filter_factory = nova.api.openstack:FaultWrapper.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
[filter:context]
paste.filter_factory = nova.api.auth:NovaKeystoneContext.factory
[app:v21app]
paste.app_factory = nova.api.openstack.compute:APIRouterV21.factory
[app:versionsapp]
paste.app_factory = nova.api.openstack.compute.versions:Versions.factory
[app:versionapp]
paste.app_factory = nova.api.openstack.compute.versions:VersionsV2.factory
X
}

# SERVICE MODULE FUNCTION: the file that uwsgi loads.
conf_wsgi() {
    printf 'from %s import %s as make\napplication = make()\n' "$2" "$3" \
        >"$etc/wsgi/$1.py"
}

write_conf() {
    mkdir -p "$etc"/{keystone,placement,glance,nova,wsgi} "$log" "$knobs" \
        "$guests" "$pids" "$data" "$CLOUD_VAR"/{nova/lock,rabbit}
    chmod 700 "$CLOUD_VAR"
    conf_mariadb
    conf_rabbit
    conf_keystone
    conf_placement
    conf_glance
    conf_nova
    conf_wsgi keystone keystone.server.wsgi initialize_public_application
    conf_wsgi placement placement.wsgi init_application
    conf_wsgi glance glance.common.wsgi_app init_app
    conf_wsgi nova nova.api.openstack.compute.wsgi init_application
}
