{{/*
The dashboards of the project as objects that Grafana's sidecar or Grafana's operator loads: their text
as it is, but for links to runbooks. Never through tpl: what stands in braces there is Grafana's own.
*/}}

{{/* The text of a dashboard. Argument: root and path. */}}
{{- define "litewatch.dashboards.text" -}}
{{- $text := .root.Files.Get .path }}
{{- with .root.Values.prometheusRule.runbooksUrl }}
{{- $text = replace "/rules/runbooks/" (printf "%s/" (trimSuffix "/" .)) $text }}
{{- end }}
{{- $text }}
{{- end }}

{{/* The metadata of a dashboard's object; the folder is an annotation for the sidecar. Argument: root,
     path. */}}
{{- define "litewatch.dashboards.metadata" -}}
{{- $values := .root.Values.dashboards }}
{{- $suffix := printf "dashboard-%s" (base .path | trimSuffix ".json") }}
{{- $name := include "litewatch.suffixed" (list .root $suffix) -}}
name: {{ $name }}
namespace: {{ include "litewatch.monitoring.namespace" (dict "root" .root "section" $values) }}
labels:
  {{- $labels := include "litewatch.labels" .root | fromYaml }}
  {{- toYaml (mergeOverwrite $labels $values.labels) | nindent 2 }}
{{- $annotations := dict }}
{{- if and $values.folder (not $values.asCustomResource) }}
{{- $annotations = dict $values.folderAnnotation $values.folder }}
{{- end }}
{{- with include "litewatch.annotations" (list .root $annotations) }}
{{ . }}
{{- end }}
{{- end }}
