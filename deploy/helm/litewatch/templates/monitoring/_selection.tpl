{{/*
Which Prometheus objects select an object of ours, and why others do not. It needs nothing of the chart.
*/}}

{{/*
What a label selector asks for that labels do not have, one line each; nothing where it selects them.
Argument: selector and labels. A selector that is not there selects nothing, an empty one everything.
*/}}
{{- define "litewatch.selection.unmet" -}}
{{- $labels := .labels | default dict }}
{{- if kindIs "invalid" .selector }}
which is not set, and selects nothing
{{- else }}
{{- range $key, $value := .selector.matchLabels }}
{{- if ne (get $labels $key | toString) $value }}
{{ $key }}: {{ $value }}
{{- end }}
{{- end }}
{{- range .selector.matchExpressions }}
{{- $there := hasKey $labels .key }}
{{- $listed := and $there (has (get $labels .key) (.values | default list)) }}
{{- if eq .operator "In" }}
{{- if not $listed }}
{{ .key }}: {{ join " or " .values }}
{{- end }}
{{- else if eq .operator "NotIn" }}
{{- if $listed }}
{{ .key }}: anything but {{ join ", " .values }}
{{- end }}
{{- else if eq .operator "Exists" }}
{{- if not $there }}
{{ .key }}: of any value
{{- end }}
{{- else if $there }}
no label {{ .key }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
What one Prometheus misses in an object; nothing where it selects it. Argument: prometheus, and object
with kind, field (the prefix of the selectors), namespace, labels and namespaceLabels.
*/}}
{{- define "litewatch.selection.reason" -}}
{{- $spec := .prometheus.spec | default dict }}
{{- $selector := printf "%sSelector" .object.field }}
{{- $namespaces := printf "%sNamespaceSelector" .object.field }}
{{- $unmet := include "litewatch.selection.unmet" (dict "selector" (get $spec $selector | default
    (hasKey $spec $selector | ternary dict nil)) "labels" .object.labels) | trim }}
{{- if $unmet }}
its {{ $selector }} asks for:
{{- $unmet | nindent 2 }}
{{- end }}
{{- if not (hasKey $spec $namespaces) }}
{{- if ne .prometheus.metadata.namespace .object.namespace }}
it looks into its own namespace only, {{ .prometheus.metadata.namespace }}: {{ $namespaces }} is not set
{{- end }}
{{- else }}
{{- with include "litewatch.selection.unmet" (dict "selector" (get $spec $namespaces | default dict)
    "labels" .object.namespaceLabels) | trim }}
its {{ $namespaces }} asks for labels of the namespace {{ $.object.namespace }}:
{{- . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Who selects an object, or what is missing. Argument: prometheuses, and object as above with name. */}}
{{- define "litewatch.selection.report" -}}
{{- $object := .object }}
{{- $what := printf "%s %s/%s" $object.kind $object.namespace $object.name }}
{{- $selected := list }}
{{- $reasons := list }}
{{- range .prometheuses }}
{{- $who := printf "%s/%s" .metadata.namespace .metadata.name }}
{{- $reason := include "litewatch.selection.reason" (dict "prometheus" . "object" $object) | trim }}
{{- if $reason }}
{{- $reasons = append $reasons (printf "Prometheus %s:\n%s" $who (indent 2 $reason)) }}
{{- else }}
{{- $selected = append $selected $who }}
{{- end }}
{{- end }}
{{- if $selected }}
{{ $what }} is selected by Prometheus {{ join ", " $selected }}.
{{- else }}
NOBODY SELECTS the {{ $what }}.
{{- range $reasons }}
{{ . | indent 2 }}
{{- end }}
{{- end }}
{{- end }}
