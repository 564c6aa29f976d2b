{{/* The container, the same in each mode but for what the mode lets it see. */}}

{{- define "litewatch.container" -}}
- name: litewatch
  image: {{ include "litewatch.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    {{- include "litewatch.args" . | nindent 4 }}
  env:
    {{- include "litewatch.env" . | nindent 4 }}
  ports:
    - name: http
      containerPort: 9871
      protocol: TCP
  {{- with include "litewatch.probes" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "litewatch.securityContext" . | nindent 4 }}
  # What litewatch says of a wrong configuration is the pod's own message then.
  terminationMessagePolicy: FallbackToLogsOnError
  volumeMounts:
    {{- include "litewatch.volumeMounts" . | nindent 4 }}
{{- end -}}

{{- define "litewatch.args" -}}
- --config.file=/etc/litewatch/litewatch.yml
{{- if include "litewatch.web.secret" . }}
- --web.config.file=/etc/litewatch/web-config.yml
{{- end }}
- --log.level={{ .Values.log.level }}
- --log.format={{ .Values.log.format }}
{{- if eq .Values.mode "daemonset" }}
- --path.procfs=/host/proc
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "litewatch.env" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: CONTAINER_NAME
  value: litewatch
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A sidecar is only ever restarted: it neither delays the app nor takes it out of its Service. */}}
{{- define "litewatch.probes" -}}
{{- $keys := ternary (list "livenessProbe") (list "startupProbe" "readinessProbe" "livenessProbe")
    (eq .Values.mode "sidecar") -}}
{{- range $keys }}
{{- $probe := get $.Values . }}
{{- if $probe }}
{{ . }}:
  {{- include "litewatch.probe" (list $ $probe) | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The values' probe as litewatch's web configuration allows it: (list . PROBE). The kubelet has no
     password and no certificate to show, it can only connect. */}}
{{- define "litewatch.probe" -}}
{{- $root := first . -}}
{{- $probe := deepCopy (last .) -}}
{{- /* The values' httpGet is the default: another way of asking stands for it. */ -}}
{{- if or $probe.tcpSocket $probe.exec $probe.grpc }}{{ $_ := unset $probe "httpGet" }}{{ end -}}
{{- with $probe.httpGet -}}
{{- if include "litewatch.web.auth" $root -}}
{{- $_ := set $probe "tcpSocket" (dict "port" .port) -}}
{{- $_ := unset $probe "httpGet" -}}
{{- else if include "litewatch.web.tls" $root -}}
{{- $_ := set . "scheme" "HTTPS" -}}
{{- end -}}
{{- end -}}
{{- toYaml $probe -}}
{{- end -}}

{{- define "litewatch.securityContext" -}}
{{- $context := deepCopy .Values.securityContext -}}
{{- if eq .Values.mode "sidecar" -}}
{{- range $key := list "runAsUser" "runAsGroup" -}}
{{- $id := get $.Values.sidecar $key -}}
{{- if not (kindIs "invalid" $id) }}{{ $_ := set $context $key $id }}{{ end -}}
{{- end -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{/* The control groups of cgroup v1 are mounts below /sys/fs/cgroup: readOnly alone does not reach
     them. Kubernetes before 1.31 ignores or refuses recursiveReadOnly. */}}
{{- define "litewatch.volumeMounts" -}}
- name: litewatch-config
  mountPath: /etc/litewatch
  readOnly: true
{{- if eq .Values.mode "daemonset" }}
{{- range include "litewatch.hostPaths" . | fromYamlArray }}
- name: {{ .name }}
  mountPath: {{ .mountPath }}
  readOnly: true
  {{- if semverCompare ">=1.31-0" $.Capabilities.KubeVersion.Version }}
  recursiveReadOnly: IfPossible
  {{- end }}
{{- end }}
{{- end }}
{{- if and (eq .Values.mode "sidecar") .Values.sidecar.volume.name }}
- name: {{ .Values.sidecar.volume.name }}
  mountPath: {{ .Values.sidecar.volume.mountPath }}
  {{- with .Values.sidecar.volume.subPath }}
  subPath: {{ . }}
  {{- end }}
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What a node shows: its control groups, its processes, and the names of its pods. */}}
{{- define "litewatch.hostPaths" -}}
- {name: cgroup, path: /sys/fs/cgroup, mountPath: /sys/fs/cgroup}
- {name: proc, path: /proc, mountPath: /host/proc}
- {name: pod-logs, path: /var/log/pods, mountPath: /var/log/pods}
- {name: container-logs, path: /var/log/containers, mountPath: /var/log/containers}
{{- end -}}
