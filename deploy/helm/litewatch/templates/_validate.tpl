{{/* What the schema cannot say: values that are right on their own and wrong together. */}}

{{- define "litewatch.validate" -}}
{{- $problems := list -}}
{{- range list "labels" "config" "image" "args" "mode" "user" "network" "disruption" "namespace" "paths" -}}
{{- $found := include (printf "litewatch.validate.%s" .) $ | trim -}}
{{- if $found }}{{ $problems = append $problems $found }}{{ end -}}
{{- end -}}
{{- if $problems }}{{ fail (printf "litewatch:\n%s" (join "\n" $problems)) }}{{ end -}}
{{- end -}}

{{/* Selectors find pods by these, and cannot be changed in an upgrade. */}}
{{- define "litewatch.validate.labels" -}}
{{- $given := dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels
    "service.labels" .Values.service.labels -}}
{{- $reserved := keys (include "litewatch.selectorLabels" . | fromYaml) | sortAlpha -}}
{{- range $place, $labels := $given }}
{{- range $reserved }}
{{- if hasKey $labels . }}
{{ $place }}: {{ . }} is what pods are selected by; leave it out, or set nameOverride for another name
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "litewatch.validate.config" -}}
{{- with .Values.existingConfig }}
{{- if and .secret .configMap }}
existingConfig: give secret or configMap, not both
{{- end }}
{{- if and $.Values.config (or .secret .configMap) }}
config: it is not read when existingConfig names one; give one of them
{{- end }}
{{- end }}
{{- if and .Values.webConfig .Values.existingWebConfig.secret }}
webConfig: it is not read when existingWebConfig names a Secret; give one of them
{{- end }}
{{- end -}}

{{- define "litewatch.validate.image" -}}
{{- if eq .Values.image.tag "latest" }}
image.tag: latest is another image every day; give a version, or leave it empty for {{ .Chart.AppVersion }}
{{- end }}
{{- if and .Values.image.registry (contains ":" .Values.image.repository) }}
image.registry: image.repository, {{ .Values.image.repository }}, names a registry already; leave one of them out
{{- end }}
{{- end -}}

{{/* litewatch refuses a flag that is given twice, and the pod would never start. */}}
{{- define "litewatch.validate.args" -}}
{{- $values := dict "--config.file" "config or existingConfig" "--web.config.file" "webConfig or existingWebConfig"
    "--log.level" "log.level" "--log.format" "log.format" -}}
{{- range .Values.extraArgs }}
{{- $flag := regexFind "^--[^= ]*" . -}}
{{- if hasKey $values $flag }}
extraArgs: {{ $flag }} is set by the chart itself; use {{ get $values $flag }} instead
{{- else if and (eq $flag "--path.procfs") (eq $.Values.mode "daemonset") }}
extraArgs: --path.procfs is set by mode daemonset itself, to the node's /proc; leave it out
{{- else if and (eq $flag "--web.listen-address") (not (regexMatch "=([^/]*):9871$" .)) }}
extraArgs: {{ . }}: the port is always 9871, give an address such as --web.listen-address=0.0.0.0:9871; service.port is the port that others see
{{- end }}
{{- end }}
{{- end -}}

{{- define "litewatch.validate.mode" -}}
{{- if and (ne .Values.mode "deployment") (ne (int .Values.replicas) 1) }}
replicas: mode {{ .Values.mode }} has none to count; leave it out
{{- end }}
{{- if eq .Values.mode "daemonset" }}
{{- if .Values.config.targets }}
config.targets: each node would probe each target; put them into a release with mode deployment
{{- end }}
{{- $view := dig "containers" "view" "host" .Values.config }}
{{- if ne $view "host" }}
config.containers.view: {{ $view }} shows nothing of the node; leave it out
{{- end }}
{{- if eq (toString .Values.hostUsers) "false" }}
hostUsers: /proc and /sys of the node cannot be mounted into a user namespace; leave it out
{{- end }}
{{- end }}
{{- end -}}

{{/* The kubelet would say so only once the pod is there, and never start it. */}}
{{- define "litewatch.validate.user" -}}
{{- range $key := list "podSecurityContext" "securityContext" }}
{{- $context := get $.Values $key -}}
{{- $root := and (hasKey $context "runAsUser") (eq (toString $context.runAsUser) "0") -}}
{{- if and $root (or $.Values.podSecurityContext.runAsNonRoot $.Values.securityContext.runAsNonRoot) }}
{{ $key }}.runAsUser: runAsNonRoot forbids root; give the user that may read the files
{{- end }}
{{- end }}
{{- end -}}

{{- define "litewatch.validate.network" -}}
{{- $egress := .Values.networkPolicy.egress -}}
{{- if and (eq .Values.mode "deployment") (not (include "litewatch.config.own" .))
           .Values.networkPolicy.enabled $egress.enabled (not $egress.rules) }}
networkPolicy.egress: existingConfig's targets are unknown here, litewatch could reach none; list them in networkPolicy.egress.rules, or set networkPolicy.egress.enabled: false
{{- end }}
{{- end -}}

{{- define "litewatch.validate.disruption" -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $replicas := int .Values.replicas -}}
{{- if and $budget.enabled (gt $replicas 1) }}
{{- if kindIs "invalid" $budget.minAvailable }}
{{- if kindIs "invalid" $budget.maxUnavailable }}
podDisruptionBudget: give maxUnavailable or minAvailable, or set enabled: false
{{- else if has (toString $budget.maxUnavailable) (list "0" "0%") }}
podDisruptionBudget.maxUnavailable: with {{ $budget.maxUnavailable }} no node could ever be drained; give more
{{- end }}
{{- else if ge (include "litewatch.pods" (list $budget.minAvailable $replicas) | int) $replicas }}
podDisruptionBudget.minAvailable: with {{ $replicas }} replicas no node could ever be drained; give less
{{- end }}
{{- end }}
{{- end -}}

{{/* How many pods a number or a share of replicas is, as Kubernetes rounds it: (list SHARE REPLICAS). */}}
{{- define "litewatch.pods" -}}
{{- $share := first . -}}
{{- if kindIs "string" $share -}}
{{- div (add (mul (trimSuffix "%" $share | int) (last .)) 99) 100 -}}
{{- else -}}
{{- int $share -}}
{{- end -}}
{{- end -}}

{{- define "litewatch.validate.namespace" -}}
{{- if and (eq .Values.mode "daemonset") .Values.namespace.create }}
{{- if not .Values.namespace.name }}
namespace.name: what namespace shall be made?
{{- else if eq .Values.namespace.name .Release.Namespace }}
namespace: {{ .Release.Namespace }} is the release's own and exists already; install into another one, or label it pod-security.kubernetes.io/enforce=privileged yourself and set namespace.create: false
{{- end }}
{{- end }}
{{- end -}}

{{/* A database that no volume holds would only be reported as a missing file. */}}
{{- define "litewatch.validate.paths" -}}
{{- $mounts := list -}}
{{- range .Values.extraVolumeMounts }}{{ $mounts = append $mounts .mountPath }}{{ end -}}
{{- if and (eq .Values.mode "sidecar") .Values.sidecar.volume.name }}
{{- $mounts = append $mounts .Values.sidecar.volume.mountPath -}}
{{- end -}}
{{- range include "litewatch.paths" . | fromJsonArray }}
{{- $path := . -}}
{{- $held := false -}}
{{- range $mounts -}}
{{- if hasPrefix (printf "%s/" (trimSuffix "/" .)) (printf "%s/" $path) }}{{ $held = true }}{{ end -}}
{{- end -}}
{{- if not $held }}
config: no volume is mounted above {{ $path }}; name it in {{ ternary "sidecar.volume" "extraVolumes and extraVolumeMounts" (eq $.Values.mode "sidecar") }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The databases and folders that the configuration names, as a JSON list. */}}
{{- define "litewatch.paths" -}}
{{- $paths := list -}}
{{- range .Values.config.databases -}}
{{- $paths = append $paths (kindIs "string" . | ternary . (get (kindIs "map" . | ternary . dict) "path")) -}}
{{- end -}}
{{- range .Values.config.discovery -}}
{{- $paths = append $paths (get (kindIs "map" . | ternary . dict) "root") -}}
{{- end -}}
{{- compact $paths | toJson -}}
{{- end -}}
