# shellcheck shell=bash
# Starts the control plane's processes, in an order that lets each find what it
# needs; sourced by `cloud` and `prepare`.

start_mariadb() {
    start mariadb mariadbd --defaults-file="$etc/my.cnf"
    until_true 30 sql -e 'select 1' || die "MariaDB does not answer"
}

start_rabbit() {
    start epmd env ERL_EPMD_ADDRESS=127.0.0.1 epmd
    start rabbit env ERL_EPMD_ADDRESS=127.0.0.1 HOME="$CLOUD_VAR/rabbit" \
        RABBITMQ_NODENAME=cloud@localhost RABBITMQ_LOGS=- \
        RABBITMQ_MNESIA_BASE="$CLOUD_VAR/rabbit/mnesia" \
        RABBITMQ_CONFIG_FILE="$etc/rabbitmq" RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_ENABLED_PLUGINS_FILE="$etc/rabbit_plugins" \
        RABBITMQ_PID_FILE="$CLOUD_VAR/rabbit/pid" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none \
+sbwtdio none" /usr/lib/rabbitmq/bin/rabbitmq-server
}

start_uwsgi() { # NAME PORT PROCESSES [UWSGI OPTION]...
    local name=$1 port=$2 processes=$3
    shift 3
    start "$name" uwsgi_python3 --master --need-app --die-on-term \
        --enable-threads --thunder-lock --disable-logging \
        --processes "$processes" --listen 128 --buffer-size 65535 \
        --http-socket "$CLOUD_ADDR:$port" --add-header 'Connection: close' \
        --pythonpath "$here/python" --wsgi-file "$etc/wsgi/$name.py" "$@"
}

start_nova() { # conductor|scheduler
    start "nova-$1" "$python" "/usr/bin/nova-$1" \
        --config-file "$etc/nova/nova.conf" \
        --config-file "$etc/nova/controller.conf"
}

start_keystone() {
    OS_KEYSTONE_CONFIG_DIR="$etc/keystone" start_uwsgi keystone 5000 1
    until_true 60 answers "$keystone" || die "Keystone does not answer"
}

start_nova_api() {
    OS_NOVA_CONFIG_DIR="$etc/nova" CLOUD_KNOBS="$knobs" \
        start_uwsgi nova 8774 "${CLOUD_API_PROCESSES:-2}" --pyargv \
        "--config-file $etc/nova/nova.conf \
--config-file $etc/nova/controller.conf"
}

# Each of these asks Keystone for a token when it starts.
start_others() {
    start neutron "$python" "$here/python/neutron.py" "$CLOUD_ADDR" 9696
    start_nova conductor
    start_nova_api
    OS_PLACEMENT_CONFIG_DIR="$etc/placement" start_uwsgi placement 8778 1
    OS_GLANCE_CONFIG_DIR="$etc/glance" start_uwsgi glance 9292 1
    start_nova scheduler
    until_true 60 answers "$placement" || die "Placement does not answer"
    until_true 60 answers "$nova" || die "nova-api does not answer"
    until_true 60 answers "$glance" || die "Glance does not answer"
}

# TOPIC HOST SINCE: Nova got a sign of life at or after SINCE (epoch seconds).
seen_up() {
    [ "$(sql -e "select count(*) from nova.services where deleted = 0 and
        topic = '$1' and host = '$2' and
        unix_timestamp(last_seen_up) >= $3")" = 1 ]
}

# SINCE: the two Nova services that have no API.
wait_nova() {
    local topic
    for topic in conductor scheduler; do
        until_true 60 seen_up "$topic" controller "$1" ||
            die "nova-$topic is not up; see $log/nova-$topic.log"
    done
}
