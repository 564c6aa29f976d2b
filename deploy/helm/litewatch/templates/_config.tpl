{{/* The configuration and where pods find it. */}}

{{/* "true" where the chart makes the configuration itself. */}}
{{- define "litewatch.config.own" -}}
{{- if not (or .Values.existingConfig.secret .Values.existingConfig.configMap) }}true{{ end -}}
{{- end -}}

{{/* The values' configuration, and the view that the mode gives of containers. */}}
{{- define "litewatch.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $beside := ternary "sidecar" "own" .Values.sidecar.shareProcessNamespace -}}
{{- with get (dict "daemonset" "host" "sidecar" $beside) .Values.mode -}}
{{- $_ := set $config "containers" (merge (default dict $config.containers) (dict "view" .)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Changes when the pods must be started anew. */}}
{{- define "litewatch.checksums" -}}
{{- if include "litewatch.config.own" . }}
checksum/config: {{ include "litewatch.config" . | sha256sum }}
{{- end }}
{{- if .Values.webConfig }}
checksum/web-config: {{ toYaml .Values.webConfig | sha256sum }}
{{- end }}
{{- end -}}

{{- define "litewatch.web.secret" -}}
{{- if .Values.webConfig -}}
{{- include "litewatch.suffixed" (list . "web") -}}
{{- else -}}
{{- default "" .Values.existingWebConfig.secret -}}
{{- end -}}
{{- end -}}

{{- define "litewatch.web.key" -}}
{{- ternary "web-config.yml" .Values.existingWebConfig.key (not (empty .Values.webConfig)) -}}
{{- end -}}

{{/* "true" where litewatch speaks TLS. */}}
{{- define "litewatch.web.tls" -}}
{{- if or .Values.webConfig.tls_server_config
          (and .Values.existingWebConfig.secret .Values.existingWebConfig.tls) -}}
true
{{- end -}}
{{- end -}}

{{/* "true" where webConfig asks for a certificate of the client. */}}
{{- define "litewatch.web.clientCertificate" -}}
{{- if hasPrefix "Require" (dig "tls_server_config" "client_auth_type" "" .Values.webConfig) }}true{{ end -}}
{{- end -}}

{{/* "true" where litewatch answers only those who show a password or a certificate. */}}
{{- define "litewatch.web.auth" -}}
{{- if or .Values.webConfig.basic_auth_users (include "litewatch.web.clientCertificate" .)
          (and .Values.existingWebConfig.secret .Values.existingWebConfig.auth) -}}
true
{{- end -}}
{{- end -}}

{{/* One volume for all of /etc/litewatch, so that the kubelet replaces it as a whole. */}}
{{- define "litewatch.volume" -}}
- name: litewatch-config
  projected:
    defaultMode: {{ include "litewatch.volume.mode" . }}
    sources:
      {{- include "litewatch.source" . | nindent 6 }}
      {{- with include "litewatch.web.secret" . }}
      - secret:
          name: {{ . }}
          items:
            - key: {{ include "litewatch.web.key" $ | quote }}
              path: web-config.yml
      {{- end }}
      {{- range .Values.secrets }}
      - secret:
          name: {{ .name }}
          items:
            {{- $name := .name }}
            {{- range .keys }}
            - key: {{ . | quote }}
              path: {{ printf "secrets/%s/%s" $name . | quote }}
            {{- end }}
      {{- end }}
{{- end -}}

{{/* Without a group of the volume's own, only everyone's right lets litewatch read its files. */}}
{{- define "litewatch.volume.mode" -}}
{{- ternary "0440" "0444" (and (ne .Values.mode "sidecar") (hasKey .Values.podSecurityContext "fsGroup")) -}}
{{- end -}}

{{/* The volume's source of litewatch.yml. */}}
{{- define "litewatch.source" -}}
{{- $existing := .Values.existingConfig -}}
{{- $own := include "litewatch.config.own" . -}}
{{- $secret := or $existing.secret (and $own (eq .Values.configKind "Secret")) -}}
- {{ empty $secret | ternary "configMap" "secret" }}:
    name: {{ coalesce $existing.secret $existing.configMap (include "litewatch.fullname" .) }}
    items:
      - key: {{ ternary "litewatch.yml" $existing.key (not (empty $own)) | quote }}
        path: litewatch.yml
{{- end -}}
