{{/* The pod template of the deployment and the daemonset. */}}

{{- define "litewatch.podTemplate" -}}
metadata:
  labels:
    {{- toYaml (merge (dict) .Values.podLabels (include "litewatch.labels" . | fromYaml)) | nindent 4 }}
  {{- $checksums := include "litewatch.checksums" . | fromYaml }}
  {{- with include "litewatch.annotations" (list . (merge (dict) .Values.podAnnotations $checksums)) }}
  {{- . | nindent 2 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "litewatch.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "litewatch.hostUsers" . }}
  hostUsers: {{ . }}
  {{- end }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: 10
  containers:
    {{- include "litewatch.container" . | nindent 4 }}
  volumes:
    {{- include "litewatch.volume" . | nindent 4 }}
    {{- if eq .Values.mode "daemonset" }}
    {{- range include "litewatch.hostPaths" . | fromYamlArray }}
    - name: {{ .name }}
      hostPath:
        path: {{ .path }}
        type: Directory
    {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with include "litewatch.scheduling" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "litewatch.hostUsers" -}}
{{- if not (kindIs "invalid" .Values.hostUsers) -}}
{{- .Values.hostUsers -}}
{{- else if and (eq .Values.mode "deployment")
                (semverCompare ">=1.36-0" .Capabilities.KubeVersion.Version) -}}
false
{{- end -}}
{{- end -}}

{{- define "litewatch.scheduling" -}}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "litewatch.tolerations" . | fromYamlArray }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "litewatch.topologySpread" . | fromYamlArray }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "litewatch.tolerations" -}}
{{- if not (kindIs "invalid" .Values.tolerations) -}}
{{- toYaml .Values.tolerations -}}
{{- else if eq .Values.mode "daemonset" -}}
- operator: Exists
{{- else -}}
{{- range list "not-ready" "unreachable" }}
- key: node.kubernetes.io/{{ . }}
  operator: Exists
  effect: NoExecute
  tolerationSeconds: 30
{{- end }}
{{- end -}}
{{- end -}}

{{- define "litewatch.topologySpread" -}}
{{- if not (kindIs "invalid" .Values.topologySpreadConstraints) -}}
{{- toYaml .Values.topologySpreadConstraints -}}
{{- else if and (eq .Values.mode "deployment") (gt (int .Values.replicas) 1) -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "litewatch.selectorLabels" . | nindent 6 }}
{{- else -}}
[]
{{- end -}}
{{- end -}}
