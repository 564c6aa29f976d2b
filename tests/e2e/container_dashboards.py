"""What public dashboards, recording rules and alerts ask about containers, as data.

Each group names its source. A variable of Grafana stands as it is there, with a "$"; those of
jsonnet are filled in as the mixin's defaults have them. Whatever is only about other exporters
(node_exporter, kube-state-metrics) is left out; where such a series is joined, a stand-in has it.
"""

CADVISOR = 'job="cadvisor"'
DISKS = ('device=~"(/dev.+)|mmcblk.p.+|nvme.+|rbd.+|sd.+|vd.+|xvd.+|dm-.+|dasd.+"')
POD = 'cluster="$cluster", namespace="$namespace", pod="$pod"'
NAMESPACE = 'cluster="$cluster", namespace="$namespace"'
ON_NODE = ('* on (cluster, namespace, pod) group_left(node) topk by (cluster, namespace, pod) '
           '(1, max by (cluster, namespace, pod, node) (kube_pod_info{node!=""}))')
ON_POD_NETWORK = ('* on (cluster, namespace, pod) group_left () topk by (cluster, namespace, pod) '
                  '(1, max by (cluster, namespace, pod) '
                  '(kube_pod_info{host_network="false", cluster="$cluster"}))')
CPU_RECORD = "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m"
BY_CONTAINER = "max by (cluster, namespace, pod, container)"
NETWORK = ("receive_bytes", "transmit_bytes", "receive_packets", "transmit_packets",
           "receive_packets_dropped", "transmit_packets_dropped")

# kubernetes-monitoring/kubernetes-mixin, rules/apps.libsonnet, by the name they record.
MIXIN_RULES = {
    CPU_RECORD:
        'sum by (cluster, namespace, pod, container) (rate(container_cpu_usage_seconds_total'
        f'{{{CADVISOR}, image!=""}}[5m])) {ON_NODE}',
    "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate":
        'sum by (cluster, namespace, pod, container) (irate(container_cpu_usage_seconds_total'
        f'{{{CADVISOR}, image!=""}}[5m])) {ON_NODE}',
}
MIXIN_RULES.update({
    f"node_namespace_pod_container:{family}": f'{family}{{{CADVISOR}, image!=""}} {ON_NODE}'
    for family in ("container_memory_working_set_bytes", "container_memory_rss",
                   "container_memory_cache", "container_memory_swap")})

# The same repository, dashboards/resources/queries/pod.libsonnet.
MIXIN_POD = [
    f'sum({BY_CONTAINER}({CPU_RECORD}{{{POD}, container!=""}})) by (container)',
    f'sum(increase(container_cpu_cfs_throttled_periods_total{{{CADVISOR}, {POD}, container!=""}}'
    '[$__rate_interval])) by (container) / '
    f'sum(increase(container_cpu_cfs_periods_total{{{CADVISOR}, {POD}, container!=""}}'
    '[$__rate_interval])) by (container)',
    f'sum({BY_CONTAINER}(container_memory_working_set_bytes{{{CADVISOR}, {POD}, container!="", '
    'image!=""})) by (container)',
    f'sum({BY_CONTAINER}(container_memory_working_set_bytes{{{CADVISOR}, {POD}, image!=""}})) '
    f'by (container)',
]
MIXIN_POD += [f'sum({BY_CONTAINER}({family}{{{CADVISOR}, {POD}, container!="", '
              'container!="POD"})) by (container)'
              for family in ("container_memory_rss", "container_memory_cache",
                             "container_memory_swap")]
MIXIN_POD += [f'sum(rate(container_network_{what}_total{{{CADVISOR}, cluster="$cluster", '
              'namespace="$namespace", pod=~"$pod"}[$__rate_interval])) by (pod)'
              for what in NETWORK]
MIXIN_POD += [f'sum by({by}) (rate(container_fs_{what}{{{CADVISOR}, {DISKS}, container!="", {POD}}}'
              '[$__rate_interval]))'
              for by in ("pod", "container")
              for what in ("reads_total", "writes_total", "reads_bytes_total",
                           "writes_bytes_total")]
MIXIN_POD += [f'ceil(sum by(container) (rate(container_fs_reads_total{{{CADVISOR}, container!="", '
              f'{POD}}}[$__rate_interval]) + rate(container_fs_writes_total{{{CADVISOR}, '
              f'container!="", {POD}}}[$__rate_interval])))',
              f'sum by(container) (rate(container_fs_reads_bytes_total{{{CADVISOR}, '
              f'container!="", {POD}}}[$__rate_interval]) + rate(container_fs_writes_bytes_total'
              f'{{{CADVISOR}, container!="", {POD}}}[$__rate_interval]))']

# dashboards/resources/queries/namespace.libsonnet and node.libsonnet.
MIXIN_NAMESPACE = [
    f'sum({BY_CONTAINER}({CPU_RECORD}{{{NAMESPACE}}})) by (pod)',
    f'sum({BY_CONTAINER}({CPU_RECORD}{{cluster="$cluster", node=~"$node"}})) by (pod)',
    f'sum({BY_CONTAINER}(node_namespace_pod_container:container_memory_working_set_bytes'
    '{cluster="$cluster", node=~"$node", container!=""})) by (pod)',
    f'sum({BY_CONTAINER}(container_memory_working_set_bytes{{{CADVISOR}, {NAMESPACE}, '
    'container!="", image!=""})) by (pod)',
    f'sum({BY_CONTAINER}(container_memory_working_set_bytes{{{CADVISOR}, {NAMESPACE}, '
    'container!="", image!=""})) / sum(kube_pod_container_resource_limits'
    f'{{job="kube-state-metrics", {NAMESPACE}, resource="memory"}})',
]
MIXIN_NAMESPACE += [f'sum({BY_CONTAINER}({family}{{{CADVISOR}, {NAMESPACE}, container!=""}})) '
                    'by (pod)' for family in ("container_memory_rss", "container_memory_cache",
                                              "container_memory_swap")]
MIXIN_NAMESPACE += [f'sum(rate(container_network_{what}_total{{{CADVISOR}, {NAMESPACE}}}'
                    '[$__rate_interval])) by (pod)' for what in NETWORK]
MIXIN_NAMESPACE += [
    f'ceil(sum by(pod) (rate(container_fs_reads_total{{container!="", {DISKS}, {NAMESPACE}}}'
    f'[$__rate_interval]) + rate(container_fs_writes_total{{container!="", {DISKS}, {NAMESPACE}}}'
    '[$__rate_interval])))']

# dashboards/resources/queries/cluster.libsonnet and dashboards/network-usage/queries.
MIXIN_CLUSTER = [
    f'sum(increase(container_cpu_cfs_throttled_periods_total{{{CADVISOR}, cluster="$cluster"}}'
    '[$__rate_interval])) by (namespace) / '
    f'sum(increase(container_cpu_cfs_periods_total{{{CADVISOR}, cluster="$cluster"}}'
    '[$__rate_interval])) by (namespace)',
    f'sum(increase(container_cpu_cfs_throttled_seconds_total{{{CADVISOR}, cluster="$cluster"}}'
    '[$__rate_interval])) by (namespace)',
    f'sum({BY_CONTAINER}(container_memory_rss{{{CADVISOR}, cluster="$cluster", container!=""}})) '
    'by (namespace)',
    f'avg(8 * rate(container_network_receive_bytes_total{{{CADVISOR}, cluster="$cluster", '
    'namespace=~".+"}[$__rate_interval])) by (namespace)',
]
MIXIN_CLUSTER += [f'sum by(namespace) (rate(container_fs_{what}{{{CADVISOR}, {DISKS}, '
                  'cluster="$cluster", namespace!=""}[$__rate_interval]))'
                  for what in ("reads_total", "writes_total", "reads_bytes_total",
                               "writes_bytes_total")]
MIXIN_NETWORK = [f'sum by (namespace) ((8 * rate(container_network_{what}_total'
                 f'{{cluster="$cluster", namespace!=""}}[$__rate_interval])) {ON_POD_NETWORK})'
                 for what in NETWORK]
MIXIN_NETWORK += [f'sum(8 * rate(container_network_{what}_bytes_total{{cluster="$cluster", '
                  'namespace=~"$namespace", pod=~"$pod"}[$__rate_interval]))'
                  for what in ("receive", "transmit")]

# alerts/resource_alerts.libsonnet: CPUThrottlingHigh.
WITHOUT = "without (id, metrics_path, name, image, endpoint, job, node)"
MIXIN_ALERTS = [
    f'sum(increase(container_cpu_cfs_throttled_periods_total{{{CADVISOR}, container!=""}}[5m])) '
    f'{WITHOUT} / on (cluster, namespace, pod, container, instance) group_left '
    f'sum(increase(container_cpu_cfs_periods_total{{{CADVISOR}}}[5m])) {WITHOUT} > (25 / 100)']

# Before its job was called "cadvisor", the mixin selected the kubelet's.
OLD_SELECTOR = 'job="kubelet", metrics_path="/metrics/cadvisor"'
OLD_MIXIN = [
    'sum by (cluster, namespace, pod, container) (irate(container_cpu_usage_seconds_total'
    f'{{{OLD_SELECTOR}, image!=""}}[5m])) {ON_NODE}',
    f'container_memory_working_set_bytes{{{OLD_SELECTOR}, image!=""}} {ON_NODE}',
]

# dotdc/grafana-dashboards-kubernetes: k8s-views-global, -namespaces, -nodes, -pods.
DOTDC = [
    'sum(rate(container_cpu_cfs_throttled_seconds_total{image!="", cluster="$cluster"}'
    '[$__rate_interval])) by (namespace) > 0',
    'sum(rate(container_cpu_usage_seconds_total{image!="", cluster="$cluster"}'
    '[$__rate_interval])) by (namespace)',
    f'sum(container_memory_working_set_bytes{{image!="", {NAMESPACE}}}) by (pod)',
    f'sum(rate(container_cpu_usage_seconds_total{{{POD}, image!="", container!=""}}'
    '[$__rate_interval])) by (container)',
    f'sum(container_memory_working_set_bytes{{{POD}, image!="", container!=""}}) by (container)',
    f'sum(rate(container_cpu_cfs_throttled_seconds_total{{{POD}, image!="", container!=""}}'
    '[$__rate_interval])) by (container)',
    f'sum(increase(container_oom_events_total{{{POD}, container!=""}}[$__rate_interval])) '
    'by (container)',
    'sum(rate(container_network_receive_bytes_total{cluster="$cluster"}[$__rate_interval])) '
    'by (namespace)',
]
DOTDC += [f'sum(rate(container_network_{what}_total{{{POD}}}[$__rate_interval]))'
          for what in (*NETWORK, "receive_errors", "transmit_errors")]

# Grafana.com 14282, "cAdvisor exporter".
SELECTED = 'instance=~"$host", name=~"$container", name=~".+"'
GRAFANA_14282 = [
    f'sum(rate(container_cpu_usage_seconds_total{{{SELECTED}}}[5m])) by (name) * 100',
    f'sum(container_memory_rss{{{SELECTED}}}) by (name)',
    f'sum(container_memory_cache{{{SELECTED}}}) by (name)',
    f'sum(rate(container_network_receive_bytes_total{{{SELECTED}}}[5m])) by (name)',
    f'sum(rate(container_network_transmit_bytes_total{{{SELECTED}}}[5m])) by (name)',
    f'(time() - container_start_time_seconds{{{SELECTED}}}) / 86400',
    'count by (name) (container_cpu_usage_seconds_total{instance=~"$host", name=~".+"})',
]

# Grafana.com 193 and 893: families and selectors as their copies in public repositories have them.
GRAFANA_193 = [
    'count(rate(container_last_seen{name=~".+"}[5m]))',
    'count(container_last_seen{image!=""})',
    'sum(rate(container_cpu_usage_seconds_total{name=~".+"}[5m])) by (name) * 100',
    'sum(rate(container_cpu_user_seconds_total{image!=""}[1m])) by (name) * 100',
    'container_memory_usage_bytes{name=~".+"}',
    'container_memory_rss{name=~".+"}',
    'sum(container_memory_usage_bytes{name=~".+"}) by (name)',
    'container_memory_swap{name=~".+"}',
    'sum(rate(container_network_receive_bytes_total{name=~".+"}[5m])) by (name)',
    'rate(container_network_transmit_bytes_total{name=~".+"}[5m])',
    'sum by (name) (rate(container_fs_reads_bytes_total{name=~".+"}[5m]))',
    'sum by (name) (rate(container_fs_writes_bytes_total{name=~".+"}[5m]))',
    'container_fs_usage_bytes{name=~".+"}',
]

# Grafana.com 19792 and 19908: by Compose's labels, which litewatch publishes by its allow-list.
COMPOSE = 'container_label_com_docker_compose_project=~"$project", name=~".+"'
GRAFANA_19792 = [
    f'sum(rate(container_cpu_usage_seconds_total{{{COMPOSE}}}[5m])) by (name) * 100',
    f'sum(container_memory_working_set_bytes{{{COMPOSE}}}) by '
    '(container_label_com_docker_compose_service)',
    f'container_memory_usage_bytes{{{COMPOSE}}} / '
    f'(container_spec_memory_limit_bytes{{{COMPOSE}}} > 0) * 100',
    f'sum(rate(container_network_receive_errors_total{{{COMPOSE}}}[5m])) by (name)',
    f'sum(rate(container_network_transmit_packets_dropped_total{{{COMPOSE}}}[5m])) by (name)',
    f'time() - container_start_time_seconds{{{COMPOSE}}}',
]

# stefanprodan/dockprom, docker_containers.json and its alert rules.
UNGROUPED = 'image!="", container_label_org_label_schema_group=""'
DOCKPROM = [
    'sum(rate(container_cpu_user_seconds_total{image!=""}[1m])) / '
    'count(node_cpu_seconds_total{mode="user"}) * 100',
    "machine_cpu_cores",
    'sum(container_memory_usage_bytes{image!=""})',
    "sum(container_fs_usage_bytes)",
    'scalar(count(container_memory_usage_bytes{image!=""}) > 0)',
    f'sum by (name) (rate(container_cpu_usage_seconds_total{{{UNGROUPED}}}[1m])) / '
    'scalar(count(node_cpu_seconds_total{mode="user"})) * 100',
    f'sum by (name) (container_memory_usage_bytes{{{UNGROUPED}}})',
    f'sum by (name) (container_memory_cache{{{UNGROUPED}}})',
    f'sum by (name) (rate(container_network_receive_bytes_total{{{UNGROUPED}}}[1m]))',
    f'sum by (name) (rate(container_network_transmit_bytes_total{{{UNGROUPED}}}[1m]))',
    'sum by (name) (rate(container_cpu_usage_seconds_total{image!="", '
    'container_label_org_label_schema_group="monitoring"}[1m]))',
    'sum(rate(container_cpu_usage_seconds_total{name="web"}[5m])) / '
    'count(node_cpu_seconds_total{mode="system"}) * 100 > 10',
    'sum(container_memory_usage_bytes{name="web"}) > 120000',
]

# grafana/jsonnet-libs, docker-mixin/signals.
DOCKER_MIXIN = [
    f'count(container_last_seen{{{CADVISOR}, image!=""}})',
    f'count (sum by (image) (container_last_seen{{{CADVISOR}, image!=""}}))',
    f'sum(container_spec_memory_reservation_limit_bytes{{{CADVISOR}, image!=""}}) / '
    f'avg(machine_memory_bytes{{{CADVISOR}}}) * 100',
    f'avg(sum by (instance) (container_memory_usage_bytes{{{CADVISOR}, image!=""}}) / '
    f'avg by (instance) (machine_memory_bytes{{{CADVISOR}}})) * 100',
    f'avg by (job, instance, name) (rate(container_cpu_usage_seconds_total{{{CADVISOR}, '
    'image!=""}[$__rate_interval])) * 100',
    f'container_memory_usage_bytes{{{CADVISOR}, name=~".+"}}',
    f'container_fs_usage_bytes{{{CADVISOR}, name=~".+"}}',
    f'rate(container_fs_io_time_seconds_total{{{CADVISOR}, name=~".+"}}[$__rate_interval])',
]
DOCKER_MIXIN += [f'rate(container_network_{what}_total{{{CADVISOR}, name=~".+"}}'
                 '[$__rate_interval])'
                 for what in ("receive_bytes", "transmit_bytes", "receive_packets_dropped",
                              "transmit_packets_dropped", "receive_errors", "transmit_errors")]

# samber/awesome-prometheus-alerts, dist/rules/docker-containers/google-cadvisor.yml. The fixture
# is such that all fire but those that must not.
CPU_OF_QUOTA = ('sum(rate(container_cpu_usage_seconds_total{container!=""}[5m])) by '
                '(pod, container) / sum(container_spec_cpu_quota{container!=""} / '
                'container_spec_cpu_period{container!=""}) by (pod, container) * 100')
MEMORY_OF_LIMIT = ('sum(container_memory_working_set_bytes{name!=""}) BY (instance, name) / '
                   'sum(container_spec_memory_limit_bytes > 0) BY (instance, name) * 100')
AWESOME = [
    f"({CPU_OF_QUOTA}) > 80",
    f"({CPU_OF_QUOTA}) < 20",
    f"({MEMORY_OF_LIMIT}) > 80",
    f"({MEMORY_OF_LIMIT}) < 20",
    '(1 - (sum(container_fs_inodes_free{name!=""}) BY (instance) / '
    'sum(container_fs_inodes_total) BY (instance))) * 100 > 80',
    'sum(increase(container_cpu_cfs_throttled_periods_total{container!=""}[5m])) by '
    '(container, pod, namespace) / sum(increase(container_cpu_cfs_periods_total[5m])) by '
    '(container, pod, namespace) > (25 / 100)',
    'sum by (instance, name) (rate(container_cpu_usage_seconds_total{name!=""}[1m])) * 100',
]
CONTAINER_KILLED = "time() - container_last_seen > {seconds}"
CONTAINER_ABSENT = "absent(container_last_seen)"

EXPRESSIONS = {
    "kubernetes-mixin rules": list(MIXIN_RULES.values()),
    "kubernetes-mixin pod": MIXIN_POD,
    "kubernetes-mixin namespace and node": MIXIN_NAMESPACE,
    "kubernetes-mixin cluster": MIXIN_CLUSTER,
    "kubernetes-mixin network": MIXIN_NETWORK,
    "kubernetes-mixin alerts": MIXIN_ALERTS,
    "kubernetes-mixin of old": OLD_MIXIN,
    "dotdc": DOTDC,
    "Grafana.com 14282": GRAFANA_14282,
    "Grafana.com 193, 893": GRAFANA_193,
    "Grafana.com 19792, 19908": GRAFANA_19792,
    "dockprom": DOCKPROM,
    "docker-mixin": DOCKER_MIXIN,
    "awesome-prometheus-alerts": AWESOME,
}

# Families that litewatch does not publish, and why.
WITHOUT_DATA = {
    "container_fs_usage_bytes": "needs a walk through all layers of all containers",
    "container_fs_inodes_": "needs a walk through all layers of all containers",
    "container_fs_io_time_seconds_total": "the kernel does not keep it by cgroup on v2",
}
