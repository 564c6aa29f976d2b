{{/* What the schema cannot say: values that are right on their own and wrong together. */}}

{{- define "litewatch.validate" -}}
{{- $problems := list -}}
{{- range list "config" "image" "mode" "user" "network" "disruption" "namespace" "paths" -}}
{{- $found := include (printf "litewatch.validate.%s" .) $ | trim -}}
{{- if $found }}{{ $problems = append $problems $found }}{{ end -}}
{{- end -}}
{{- if $problems }}{{ fail (printf "litewatch:\n%s" (join "\n" $problems)) }}{{ end -}}
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
{{- $counted := not (or (kindIs "invalid" $budget.minAvailable) (kindIs "string" $budget.minAvailable)) -}}
{{- if and $counted (gt (int .Values.replicas) 1) (ge (int $budget.minAvailable) (int .Values.replicas)) }}
podDisruptionBudget.minAvailable: with {{ .Values.replicas }} replicas no node could ever be drained; give less
{{- end }}
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
