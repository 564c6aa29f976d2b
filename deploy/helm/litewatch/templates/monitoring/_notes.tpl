{{/* What NOTES say of the objects for the Prometheus operator. All take the chart's root. */}}

{{/* The objects that a Prometheus has to select, as JSON. */}}
{{- define "litewatch.notes.objects" -}}
{{- $objects := list }}
{{- $kinds := list (list "ServiceMonitor" "serviceMonitor" "") (list "PodMonitor" "podMonitor" "")
    (list "ScrapeConfig" "scrapeConfig" "probes") (list "Probe" "probe" "probes")
    (list "PrometheusRule" "prometheusRule" "*") }}
{{- range $kind := $kinds }}
{{- $section := get $.Values (index $kind 1) }}
{{- if $section.enabled }}
{{- $suffix := index $kind 2 }}
{{- $name := include "litewatch.fullname" $ }}
{{- if $suffix }}{{ $name = include "litewatch.suffixed" (list $ $suffix) }}{{ end }}
{{- $arguments := dict "root" $ "section" $section }}
{{- $objects = append $objects (dict "kind" (first $kind) "name" $name "section" (index $kind 1)
    "field" (eq (first $kind) "PrometheusRule" | ternary "rule" (index $kind 1))
    "namespace" (include "litewatch.monitoring.namespace" $arguments)
    "labels" (include "litewatch.monitoring.labels" $arguments | fromYaml)) }}
{{- end }}
{{- end }}
{{- toJson $objects }}
{{- end }}

{{/* Every Prometheus of the cluster, agents included; none where there is no cluster to ask. */}}
{{- define "litewatch.notes.prometheuses" -}}
{{- $found := list }}
{{- $kinds := dict "monitoring.coreos.com/v1" "Prometheus"
    "monitoring.coreos.com/v1alpha1" "PrometheusAgent" }}
{{- range $api, $kind := $kinds }}
{{- if $.Capabilities.APIVersions.Has (printf "%s/%s" $api $kind) }}
{{- $found = concat $found ((lookup $api $kind "" "").items | default list) }}
{{- end }}
{{- end }}
{{- toJson $found }}
{{- end }}

{{/* The labels of a namespace, its name among them. Argument: the name. */}}
{{- define "litewatch.notes.namespaceLabels" -}}
{{- $namespace := lookup "v1" "Namespace" "" . }}
{{- toJson (merge (dict "kubernetes.io/metadata.name" .) (dig "metadata" "labels" dict $namespace)) }}
{{- end }}

{{/* Who selects what was installed, or what to change so that somebody does. */}}
{{- define "litewatch.notes.selection" -}}
{{- $objects := include "litewatch.notes.objects" . | fromJsonArray }}
{{- $prometheuses := include "litewatch.notes.prometheuses" . | fromJsonArray }}
{{- $missing := false }}
{{- range $object := $objects }}
{{- $labels := include "litewatch.notes.namespaceLabels" $object.namespace | fromJson }}
{{- $_ := set $object "namespaceLabels" $labels }}
{{- if $prometheuses }}
{{- $arguments := dict "object" $object "prometheuses" $prometheuses }}
{{- $report := include "litewatch.selection.report" $arguments | trim }}
{{ $report }}
{{- if hasPrefix "NOBODY" $report }}{{ $missing = true }}{{ end }}
{{- end }}
{{- end }}
{{- if and $objects (not $prometheuses) }}
Whether a Prometheus selects them cannot be told from here. Compare their labels with:
  kubectl get prometheus --all-namespaces --output=yaml | grep -A4 Selector
and give them what is asked for, such as monitoring.labels: {release: kube-prometheus-stack}
{{- else if $missing }}
Put missing labels under monitoring.labels and run helm upgrade; of namespaces, use kubectl label.
{{- end }}
{{- end }}

{{/* What the cluster does not know of what was asked for, or knows and was not asked for. */}}
{{- define "litewatch.notes.operator" -}}
{{- $versions := .Capabilities.APIVersions }}
{{- $objects := include "litewatch.notes.objects" . | fromJsonArray }}
{{- range $object := $objects }}
{{- $api := eq .kind "ScrapeConfig" | ternary "v1alpha1" "v1" }}
{{- if not ($versions.Has (printf "monitoring.coreos.com/%s/%s" $api .kind)) }}
The cluster does not know {{ .kind }} (monitoring.coreos.com/{{ $api }}), unless this is a dry run without
one: install the Prometheus operator's definitions first, or set {{ .section }}.enabled: false.
{{- end }}
{{- end }}
{{- if and (not $objects) ($versions.Has "monitoring.coreos.com/v1/ServiceMonitor") }}
The Prometheus operator is here, but nothing tells it of litewatch. Set these to true:
{{ $way := eq .Values.mode "sidecar" | ternary "podMonitor" "serviceMonitor" -}}
{{ $way }}.enabled, and in one release of litewatch only, prometheusRule.enabled and dashboards.enabled
{{- end }}
{{- end }}
