{{/*
For umbrella charts: litewatch in the app's own pod. With this chart as a dependency named `litewatch`
and `mode: sidecar`, the app's pod template holds

  metadata.annotations:        include "litewatch.sidecar.annotations" .Subcharts.litewatch
  spec.initContainers:         include "litewatch.sidecar.container" .Subcharts.litewatch
  spec.volumes:                include "litewatch.sidecar.volumes" .Subcharts.litewatch

each with `nindent`. With `sidecar.native: false` the container stands among `containers`, after the app's:
a Service finds its port by the first `http` of the pod.
*/}}

{{/* An item of `initContainers`, or of `containers`. */}}
{{- define "litewatch.sidecar.container" -}}
{{- include "litewatch.sidecar.check" . -}}
{{- include "litewatch.container" . }}
{{- if .Values.sidecar.native }}
  restartPolicy: Always
{{- end }}
{{- end -}}

{{/* An item of `volumes`. */}}
{{- define "litewatch.sidecar.volumes" -}}
{{- include "litewatch.sidecar.check" . -}}
{{- include "litewatch.volume" . }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Starts the pod anew when the configuration changes. */}}
{{- define "litewatch.sidecar.annotations" -}}
{{- include "litewatch.checksums" . | trim -}}
{{- end -}}

{{- define "litewatch.sidecar.check" -}}
{{- if ne .Values.mode "sidecar" -}}
{{- fail (printf "litewatch: its sidecar is used, but mode is %s; set mode: sidecar" .Values.mode) -}}
{{- end -}}
{{- if and .Values.sidecar.native (not (semverCompare ">=1.29-0" .Capabilities.KubeVersion.Version)) -}}
{{- $mend := "set sidecar.native: false and put it among containers" -}}
{{- fail (printf "litewatch: the native sidecar needs Kubernetes 1.29, this is %s; %s"
    .Capabilities.KubeVersion.Version $mend) -}}
{{- end -}}
{{- end -}}
