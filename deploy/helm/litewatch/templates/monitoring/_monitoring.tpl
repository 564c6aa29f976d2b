{{/*
What the monitors of the Prometheus operator share. All take the chart's root, unless they say so.
*/}}

{{/*
The metadata of an object for the operator or for Grafana. Argument: root, section (its part of the
values) and name. The labels of the values win, for they are what others select by.
*/}}
{{- define "litewatch.monitoring.metadata" -}}
name: {{ .name }}
namespace: {{ include "litewatch.monitoring.namespace" . }}
labels:
  {{- include "litewatch.monitoring.labels" . | nindent 2 }}
{{- with include "litewatch.annotations" (list .root dict) }}
{{ . }}
{{- end }}
{{- end }}

{{- define "litewatch.monitoring.namespace" -}}
{{- .section.namespace | default (include "litewatch.namespace" .root) }}
{{- end }}

{{- define "litewatch.monitoring.labels" -}}
{{- $labels := include "litewatch.labels" .root | fromYaml }}
{{- toYaml (mergeOverwrite $labels .root.Values.monitoring.labels .section.labels) }}
{{- end }}

{{/* A duration such as 1h30m as a number. */}}
{{- define "litewatch.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 "w" 604800000 }}
{{- $sum := 0 }}
{{- range regexFindAll "[0-9]+(ms|[smhdw])" . -1 }}
{{- $unit := regexFind "[a-z]+$" . }}
{{- $sum = add $sum (mul (trimSuffix $unit . | int64) (get $units $unit)) }}
{{- end }}
{{- $sum }}
{{- end }}

{{/* Fails where the times or the way in cannot work. */}}
{{- define "litewatch.monitoring.check" -}}
{{- $m := .Values.monitoring }}
{{- $timeout := include "litewatch.milliseconds" $m.scrapeTimeout | int64 }}
{{- if ge $timeout (include "litewatch.milliseconds" $m.interval | int64) }}
{{- fail (printf "monitoring.scrapeTimeout: %s is not shorter than monitoring.interval, %s"
    $m.scrapeTimeout $m.interval) }}
{{- end }}
{{- $limits := .Values.config.limits | default dict }}
{{- $collect := $limits.collect_timeout | default "1s" }}
{{- if lt $timeout (include "litewatch.milliseconds" $collect | int64) }}
{{- fail (printf "monitoring.scrapeTimeout: %s is shorter than config.limits.collect_timeout, %s: %s"
    $m.scrapeTimeout $collect "a slow collector would cost the whole scrape") }}
{{- end }}
{{- if and $m.basicAuth $m.authorization }}
{{- fail "monitoring.basicAuth: the operator takes no authorization beside it; give one of them" }}
{{- end }}
{{- $credentials := or $m.basicAuth $m.authorization }}
{{- if and .Values.webConfig.basic_auth_users (not $credentials) }}
{{- fail (print "monitoring.basicAuth: webConfig asks for a password; name the Secret that has "
    "Prometheus' user name and password") }}
{{- end }}
{{- if and (include "litewatch.web.clientCertificate" .) (not $m.tlsConfig.cert) }}
{{- fail (print "monitoring.tlsConfig: webConfig asks for a client certificate; name the Secret that has "
    "Prometheus' own, as cert and keySecret") }}
{{- end }}
{{- if and (include "litewatch.web.auth" .) (not (or $credentials $m.tlsConfig.cert)) }}
{{- fail (print "monitoring: existingWebConfig asks for a password or a client certificate; give "
    "basicAuth, authorization, or tlsConfig with cert and keySecret") }}
{{- end }}
{{- if and (eq (include "litewatch.monitoring.scheme" .) "https") (not $m.tlsConfig) }}
{{- fail (print "monitoring.tlsConfig: litewatch serves TLS, and Prometheus connects to addresses: "
    "say ca and serverName, or insecureSkipVerify: true") }}
{{- end }}
{{- end }}

{{- define "litewatch.monitoring.scheme" -}}
{{- ternary "https" "http" (not (empty (include "litewatch.web.tls" .))) }}
{{- end }}

{{/* How to get in. */}}
{{- define "litewatch.monitoring.access" -}}
{{- with .Values.monitoring }}
{{- with .tlsConfig }}
tlsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .basicAuth }}
basicAuth:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .authorization }}
authorization:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Most series of /metrics: limits.series, and a tenth for litewatch's own, which always have room. */}}
{{- define "litewatch.monitoring.sampleLimit" -}}
{{- $limits := .Values.config.limits | default dict }}
{{- $series := $limits.series | default 200000 | int64 }}
{{- if kindIs "invalid" .Values.monitoring.sampleLimit }}{{ div (mul $series 11) 10 }}
{{- else }}{{ .Values.monitoring.sampleLimit | int64 }}{{ end }}
{{- end }}

{{/* Most bytes of /metrics, uncompressed. A series takes some 100; paths and ids can be long. */}}
{{- define "litewatch.monitoring.bodySizeLimit" -}}
{{- .Values.monitoring.bodySizeLimit |
    default (printf "%dB" (mul 512 (include "litewatch.monitoring.sampleLimit" . | int64))) }}
{{- end }}

{{/* Prometheus drops the whole scrape where one of these is passed: they stop accidents. */}}
{{- define "litewatch.monitoring.labelLimits" -}}
labelLimit: {{ .Values.monitoring.labelLimit | int64 }}
labelNameLengthLimit: {{ .Values.monitoring.labelNameLengthLimit | int64 }}
labelValueLengthLimit: {{ .Values.monitoring.labelValueLengthLimit | int64 }}
{{- end }}

{{/* The limits of a scrape of /metrics. */}}
{{- define "litewatch.monitoring.limits" -}}
sampleLimit: {{ include "litewatch.monitoring.sampleLimit" . }}
{{ include "litewatch.monitoring.labelLimits" . }}
bodySizeLimit: {{ include "litewatch.monitoring.bodySizeLimit" . }}
{{- end }}

{{/* Labels that every series gets, and the relabelings of the values. */}}
{{- define "litewatch.monitoring.relabelings" -}}
{{- range $label, $value := .Values.monitoring.targetLabels }}
- targetLabel: {{ $label }}
  replacement: {{ $value | replace "$" "$$" | quote }}
{{- end }}
{{- with .Values.monitoring.relabelings }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "litewatch.monitoring.metricRelabelings" -}}
{{- with .Values.monitoring.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An item of the endpoints of a ServiceMonitor or PodMonitor. Argument: root. */}}
{{- define "litewatch.monitoring.endpoint" -}}
{{- $values := .root.Values.monitoring -}}
port: http
path: /metrics
scheme: {{ include "litewatch.monitoring.scheme" .root }}
interval: {{ $values.interval }}
scrapeTimeout: {{ $values.scrapeTimeout }}
# Pods, namespaces and containers of series are those that litewatch says.
honorLabels: true
{{- include "litewatch.monitoring.access" .root }}
relabelings:
  {{- if eq .root.Values.mode "sidecar" }}
  # The app's own container may have a port of that name.
  - action: keep
    sourceLabels: [__meta_kubernetes_pod_container_name]
    regex: litewatch
  {{- end }}
  # The alerts know litewatch by its job.
  - targetLabel: job
    replacement: {{ $values.jobName }}
  # Always litewatch's own: it would stand on series of other containers that have none.
  - action: labeldrop
    regex: container
  {{- if eq .root.Values.mode "daemonset" }}
  # A node keeps its series, whichever pod looks at it; what is no pod's must not be litewatch's.
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: instance
  - action: labeldrop
    regex: pod
  {{- end }}
  {{- with include "litewatch.monitoring.relabelings" .root | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- include "litewatch.monitoring.metricRelabelings" .root }}
{{- end }}

{{/* Which namespaces to look into. Argument: root and section. */}}
{{- define "litewatch.monitoring.namespaceSelector" -}}
{{- with .section.namespaceSelector }}
{{- toYaml . }}
{{- else -}}
matchNames:
  - {{ include "litewatch.namespace" .root }}
{{- end }}
{{- end }}

{{/* Where Prometheus reaches the Service, without the scheme. */}}
{{- define "litewatch.monitoring.address" -}}
{{ include "litewatch.fullname" . }}.{{ include "litewatch.namespace" . }}.svc:{{ .Values.service.port }}
{{- end }}

{{/* Fails where there is no Service of probes. Argument: root and key. */}}
{{- define "litewatch.monitoring.needsProbes" -}}
{{- if ne .root.Values.mode "deployment" }}
{{- fail (printf "%s.enabled: mode %s has no Service to ask for probes; use mode deployment, or %s"
    .key .root.Values.mode "podMonitor, which has the results of all targets as well") }}
{{- end }}
{{- end }}

{{/* The targets of the Probe: those of the values, or of the configuration, which must have names. */}}
{{- define "litewatch.probe.targets" -}}
{{- $targets := .Values.probe.targets | default list }}
{{- if not $targets }}
{{- range $i, $target := .Values.config.targets | default list }}
{{- if not (and (kindIs "map" $target) (dig "name" "" $target) (dig "url" "" $target)) }}
{{- fail (printf "probe.enabled: config.targets[%d] has no name and url: give it both, list %s"
    $i "probe.targets, or use scrapeConfig, which needs neither") }}
{{- end }}
{{- $targets = append $targets (pick $target "name" "url" "app") }}
{{- end }}
{{- end }}
{{- if not $targets }}
{{- fail "probe.targets: there is nothing to probe: list name and url, or put targets into config" }}
{{- end }}
{{- toYaml $targets }}
{{- end }}
