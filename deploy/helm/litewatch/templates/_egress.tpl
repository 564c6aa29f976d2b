{{/* What a NetworkPolicy can say of the configuration's targets. */}}

{{/* All URLs that litewatch connects to, as a JSON list: targets, proxies, and where tokens come from. */}}
{{- define "litewatch.egress.urls" -}}
{{- $urls := list -}}
{{- range .Values.config.targets -}}
{{- $urls = append $urls (kindIs "string" . | ternary . (get (kindIs "map" . | ternary . dict) "url")) -}}
{{- end -}}
{{- range .Values.config.modules -}}
{{- $http := default dict .http -}}
{{- $urls = concat $urls (list $http.proxy_url (dig "oauth2" "token_url" "" $http)) -}}
{{- end -}}
{{- compact $urls | uniq | toJson -}}
{{- end -}}

{{/* A URL as {host, port}; nothing for sockets and for litewatch's own loopback, which no policy sees. */}}
{{- define "litewatch.egress.peer" -}}
{{- $url := ternary . (printf "tcp://%s" .) (contains "://" .) -}}
{{- if not (hasPrefix "/" .) -}}
{{- $parts := urlParse $url -}}
{{- $port := regexFind ":[0-9]+$" $parts.host | trimPrefix ":" -}}
{{- $port = default (get (dict "http" "80" "https" "443") $parts.scheme) $port -}}
{{- if and $port (not (regexMatch "^(localhost|127\\..*|::1)$" $parts.hostname)) -}}
{{- dict "host" $parts.hostname "port" (int $port) | toJson -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The namespace that a host name of the cluster's DNS stands for: (list . HOST). */}}
{{- define "litewatch.egress.namespace" -}}
{{- $host := last . -}}
{{- if not (contains "." $host) -}}
{{- include "litewatch.namespace" (first .) -}}
{{- else if regexMatch "[^.]\\.[^.]+\\.svc(\\.|$)" $host -}}
{{- regexReplaceAll "^.*\\.([^.]+)\\.svc(\\..*)?$" $host "${1}" -}}
{{- else if regexMatch "^[^.]+\\.[^.]+$" $host -}}
{{- regexReplaceAll "^.*\\." $host "" -}}
{{- end -}}
{{- end -}}

{{/* "true" where a host name may be outside of the cluster. SERVICE.NAMESPACE may be either, and so may
     SERVICE.NAMESPACE.svc.DOMAIN, but for the usual domain: both are allowed then. */}}
{{- define "litewatch.egress.outside" -}}
{{- if and (contains "." .) (not (regexMatch "[^.]\\.[^.]+\\.svc(\\.cluster\\.local)?$" .)) -}}
true
{{- end -}}
{{- end -}}

{{/* The peers in groups: {addresses: {HOST: [PORT]}, namespaces: {NAME: true}, ports: {PORT: true}}. */}}
{{- define "litewatch.egress.peers" -}}
{{- $addresses := dict -}}
{{- $namespaces := dict -}}
{{- $ports := dict -}}
{{- range include "litewatch.egress.urls" . | fromJsonArray -}}
{{- $peer := include "litewatch.egress.peer" . | default "{}" | fromJson -}}
{{- if regexMatch "^[0-9.]+$|:" (default "" $peer.host) -}}
{{- $known := default list (get $addresses $peer.host) -}}
{{- $_ := set $addresses $peer.host (append $known (int $peer.port) | uniq) -}}
{{- else if $peer.host -}}
{{- $host := trimSuffix "." $peer.host -}}
{{- $namespace := include "litewatch.egress.namespace" (list $ $host) -}}
{{- if $namespace }}{{ $_ := set $namespaces $namespace true }}{{ end -}}
{{- if include "litewatch.egress.outside" $host }}{{ $_ := set $ports (toString $peer.port) true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- dict "addresses" $addresses "namespaces" $namespaces "ports" $ports | toJson -}}
{{- end -}}

{{/* The derived rules of a NetworkPolicy's egress. */}}
{{- define "litewatch.egress.derived" -}}
{{- if .Values.networkPolicy.egress.derive -}}
{{- $peers := include "litewatch.egress.peers" . | fromJson -}}
{{- range $address, $ports := $peers.addresses }}
- to:
    - ipBlock:
        cidr: {{ printf "%s/%d" $address (ternary 128 32 (contains ":" $address)) | quote }}
  ports:
    {{- range $ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}
{{- range $namespace, $_ := $peers.namespaces }}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ $namespace | quote }}
{{- end }}
{{- with $peers.ports }}
- ports:
    {{- range $port, $_ := . }}
    - {protocol: TCP, port: {{ $port }}}
    {{- end }}
  {{- with $.Values.networkPolicy.egress.cidrs }}
  to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "litewatch.egress.dns" -}}
- ports:
    {{- range .Values.networkPolicy.egress.dns.ports }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.egress.dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
