{{/*
The rule files of the project as PrometheusRule objects: their text as it is, links apart, and what the
values change in single alerts. Never through tpl: what stands in braces there is Prometheus' own.
*/}}

{{/* The text of a rule file with links that lead somewhere. Argument: text and values. */}}
{{- define "litewatch.rules.linked" -}}
{{- $text := .text }}
{{- with .values.runbooksUrl }}
{{- $text = regexReplaceAll "(?m)^( *runbook_url: \"?)/rules/runbooks/" $text
    (printf "${1}%s/" (trimSuffix "/" . | replace "$" "$$")) }}
{{- end }}
{{- with .values.grafanaUrl }}
{{- $text = regexReplaceAll "(?m)^( *dashboard_url: \"?)/d/" $text
    (printf "${1}%s/d/" (trimSuffix "/" . | replace "$" "$$")) }}
{{- end }}
{{- $text }}
{{- end }}

{{/* How values may name a rule: its alert, or ALERT/SEVERITY where there are several of it. */}}
{{- define "litewatch.rules.names" -}}
{{- toJson (list .alert (printf "%s/%s" .alert .labels.severity)) }}
{{- end }}

{{/* The names of all alerts of a file, as JSON. Argument: the text. */}}
{{- define "litewatch.rules.alerts" -}}
{{- $names := list }}
{{- range (fromYaml .).groups }}
{{- range .rules }}
{{- if .alert }}{{ $names = concat $names (include "litewatch.rules.names" . | fromJsonArray) }}{{ end }}
{{- end }}
{{- end }}
{{- toJson (uniq $names) }}
{{- end }}

{{/* What the spec of a rule file is; nothing where all its alerts are off. Argument: text, values. */}}
{{- define "litewatch.rules.spec" -}}
{{- $linked := include "litewatch.rules.linked" . }}
{{- $values := .values }}
{{- $changed := false }}
{{- range include "litewatch.rules.alerts" .text | fromJsonArray }}
{{- if or $values.alertLabels (has . $values.disabled) (hasKey $values.severity .) (hasKey $values.for .) }}
{{- $changed = true }}
{{- end }}
{{- end }}
{{- if $changed }}
{{- include "litewatch.rules.changed" (dict "groups" (fromYaml $linked).groups "values" $values) }}
{{- else }}
{{- regexReplaceAll "(?m)^---\n" $linked "" }}
{{- end }}
{{- end }}

{{/* Groups without the alerts that are off; none is left empty. Argument: groups, values. */}}
{{- define "litewatch.rules.changed" -}}
{{- $groups := list }}
{{- $seen := list }}
{{- range $group := .groups }}
{{- $rules := list }}
{{- range $group.rules }}
{{- $rule := include "litewatch.rules.rule" (dict "rule" . "values" $.values) | fromYaml }}
{{- if $rule }}
{{- $identity := toJson (list $rule.alert $rule.labels) }}
{{- if and $rule.alert (has $identity $seen) }}
{{- fail (printf "prometheusRule.severity: two rules of %s would have the same severity, and nobody %s %s/..."
    $rule.alert "could tell them apart: leave one out by prometheusRule.disabled," $rule.alert) }}
{{- end }}
{{- $seen = append $seen $identity }}
{{- $rules = append $rules $rule }}
{{- end }}
{{- end }}
{{- if $rules }}{{ $groups = append $groups (set $group "rules" $rules) }}{{ end }}
{{- end }}
{{- if $groups }}{{ toYaml (dict "groups" $groups) }}{{ end }}
{{- end }}

{{/* A rule with what the values say of its alert; nothing where it is off. Argument: rule, values. */}}
{{- define "litewatch.rules.rule" -}}
{{- $rule := .rule }}
{{- $values := .values }}
{{- $off := false }}
{{- if $rule.alert }}
{{- $labels := merge dict $rule.labels $values.alertLabels }}
{{- range include "litewatch.rules.names" $rule | fromJsonArray }}
{{- if has . $values.disabled }}{{ $off = true }}{{ end }}
{{- with get $values.severity . }}{{ $_ := set $labels "severity" . }}{{ end }}
{{- with get $values.for . }}{{ $_ := set $rule "for" . }}{{ end }}
{{- end }}
{{- $_ := set $rule "labels" $labels }}
{{- end }}
{{- if not $off }}{{ toYaml $rule }}{{ end }}
{{- end }}

{{/* Fails where the values name an alert that is not there: a typo would change nothing, silently. */}}
{{- define "litewatch.rules.check" -}}
{{- $files := dict }}
{{- range $path, $_ := .Files.Glob "files/rules/alerts/*.yml" }}
{{- range include "litewatch.rules.alerts" ($.Files.Get $path) | fromJsonArray }}
{{- $_ := set $files . (trimPrefix "files/" $path) }}
{{- end }}
{{- end }}
{{- if not $files }}
{{- fail "prometheusRule: the chart's files/rules are empty; package it from the whole project" }}
{{- end }}
{{- with .Values.prometheusRule }}
{{- range $key, $names := dict "disabled" .disabled "severity" (keys .severity) "for" (keys .for) }}
{{- range $name := $names }}
{{- if not (hasKey $files $name) }}
{{- $nearest := include "litewatch.rules.nearest" (dict "name" $name "names" (keys $files)) }}
{{- fail (printf "prometheusRule.%s: there is no alert %s; did you mean %s, of %s?"
    $key $name $nearest (get $files $nearest)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The name that has most pairs of letters of a wrong one, and of those the one nearest in length.
     Argument: name, names. */}}
{{- define "litewatch.rules.nearest" -}}
{{- $wanted := lower .name }}
{{- $nearest := "" }}
{{- $most := -1000 }}
{{- range $name := sortAlpha .names }}
{{- $score := sub 0 (max (sub (len $name) (len $wanted)) (sub (len $wanted) (len $name))) }}
{{- range $i := until (sub (len $wanted) 1 | int) }}
{{- if contains (substr $i (add $i 2 | int) $wanted) (lower $name) }}{{ $score = add $score 2 }}{{ end }}
{{- end }}
{{- if gt $score $most }}{{ $nearest = $name }}{{ $most = $score }}{{ end }}
{{- end }}
{{- $nearest }}
{{- end }}
