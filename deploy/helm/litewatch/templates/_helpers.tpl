{{/* Names, labels and the image. Every template takes the chart's root context. */}}

{{- define "litewatch.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "litewatch.fullname" -}}
{{- $name := include "litewatch.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* A name that ends in a suffix, however long the first part is: (list . "config"). */}}
{{- define "litewatch.suffixed" -}}
{{- $suffix := last . -}}
{{- $room := int (sub 62 (len $suffix)) -}}
{{- printf "%s-%s" (include "litewatch.fullname" (first .) | trunc $room | trimSuffix "-") $suffix -}}
{{- end -}}

{{- define "litewatch.namespace" -}}
{{- if and (eq .Values.mode "daemonset") .Values.namespace.name -}}
{{- .Values.namespace.name -}}
{{- else -}}
{{- .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{- define "litewatch.component" -}}
{{- get (dict "deployment" "probes" "daemonset" "node" "sidecar" "sidecar") .Values.mode -}}
{{- end -}}

{{/* What does not change while a release lives: selectors cannot be changed. */}}
{{- define "litewatch.instanceLabels" -}}
app.kubernetes.io/name: {{ include "litewatch.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "litewatch.selectorLabels" -}}
{{ include "litewatch.instanceLabels" . }}
app.kubernetes.io/component: {{ include "litewatch.component" . }}
{{- end -}}

{{/* Those of the values win; keys of selectors are none of them, see litewatch.validate.labels. */}}
{{- define "litewatch.sharedLabels" -}}
{{- $labels := dict
    "app.kubernetes.io/version" .Chart.AppVersion
    "app.kubernetes.io/part-of" "litewatch"
    "app.kubernetes.io/managed-by" .Release.Service
    "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") -}}
{{- toYaml (merge (dict) .Values.commonLabels $labels) -}}
{{- end -}}

{{- define "litewatch.labels" -}}
{{ include "litewatch.selectorLabels" . }}
{{ include "litewatch.sharedLabels" . }}
{{- end -}}

{{/* The whole `annotations:` of an object, or nothing: (list . MAP). */}}
{{- define "litewatch.annotations" -}}
{{- with merge (dict) (last .) (first .).Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{- define "litewatch.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "litewatch.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "litewatch.image" -}}
{{- with .Values.image -}}
{{- $name := .repository -}}
{{- if .registry }}{{ $name = printf "%s/%s" (trimSuffix "/" .registry) .repository }}{{ end -}}
{{- if .digest -}}
{{- printf "%s@%s" $name .digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}
