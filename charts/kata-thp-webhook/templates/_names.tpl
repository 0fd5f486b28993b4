{{/* The chart's name, as labels say it. */}}
{{- define "kata-thp-webhook.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimAll "-" -}}
{{- end -}}

{{/*
What all names begin with: the release's name and the chart's, without saying either twice. `kata-thp` gives
kata-thp-webhook. 50 characters leave room for what is appended, within the 63 of a label. A release's name may have
dots and begin with a digit; a Service's may not.
*/}}
{{- define "kata-thp-webhook.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimAll "-" -}}
{{- else -}}
{{- $name := include "kata-thp-webhook.name" . -}}
{{- $release := .Release.Name | replace "." "-" -}}
{{- $full := printf "%s-%s" $release $name -}}
{{- if contains $name $release -}}
{{- $full = $release -}}
{{- else if hasPrefix (printf "%s-" $release) $name -}}
{{- $full = $name -}}
{{- end -}}
{{- if regexMatch "^[0-9]" $full -}}
{{- $full = printf "kata-thp-%s" $full -}}
{{- end -}}
{{- $full | trunc 50 | trimAll "-" -}}
{{- end -}}
{{- end -}}

{{- define "kata-thp-webhook.selectorLabels" -}}
app.kubernetes.io/name: "{{ include "kata-thp-webhook.name" . }}"
app.kubernetes.io/instance: "{{ .Release.Name }}"
{{- end -}}

{{- define "kata-thp-webhook.labels" -}}
{{ include "kata-thp-webhook.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: "{{ .Release.Service }}"
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/*
The chart's labels or annotations (`ours`, as YAML) with those of the values (`theirs`), each key once; of one that both have, the
values' counts.
*/}}
{{- define "kata-thp-webhook.with" -}}
{{- if .theirs -}}
{{- toYaml (mergeOverwrite (fromYaml .ours) .theirs) -}}
{{- else -}}
{{- .ours -}}
{{- end -}}
{{- end -}}

{{- define "kata-thp-webhook.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kata-thp-webhook.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The released chart names its image with the digest in an annotation; whoever sets another image or tag gets that. */}}
{{- define "kata-thp-webhook.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- $digest := .Values.image.digest -}}
{{- $released := index (default dict .Chart.Annotations) "kata-thp.dev/image" | default "" -}}
{{- $prefix := printf "%s@" .Values.image.repository -}}
{{- if and (not $digest) (not .Values.image.tag) (hasPrefix $prefix $released) -}}
{{- $digest = trimPrefix $prefix $released -}}
{{- end -}}
{{- if $digest -}}
{{- printf "%s:%s@%s" .Values.image.repository $tag $digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{/*
The Secret of the certificate. self-signed keeps its CA there, the other two sources a certificate and its key.
*/}}
{{- define "kata-thp-webhook.certificateSecret" -}}
{{- $suffix := ternary "ca" "tls" (eq .Values.certificate.source "self-signed") -}}
{{- default (printf "%s-%s" (include "kata-thp-webhook.fullname" .) $suffix) .Values.certificate.secretName -}}
{{- end -}}

{{/*
The Namespace that `helm test` makes and removes. Helm removes an older one of that name first, so the name must not be
anyone's own: it ends with a hash.
*/}}
{{- define "kata-thp-webhook.testNamespace" -}}
{{- $hash := printf "%s/%s" .Release.Namespace .Release.Name | sha256sum | trunc 10 -}}
{{- printf "%s-test-%s" (include "kata-thp-webhook.fullname" . | trunc 40 | trimAll "-") $hash -}}
{{- end -}}

{{/* Rendered before validate.yaml, which refuses a policy without targets. */}}
{{- define "kata-thp-webhook.testRuntimeClass" -}}
{{- $first := index (default (list dict) .Values.policy.targets) 0 -}}
{{- default $first.runtimeClass .Values.test.runtimeClass -}}
{{- end -}}

{{/*
By what helm knows a Secret for its own. cert-manager writes it on one that was deleted and that it makes again; without
it the next upgrade, or an installation after this one, fails.
*/}}
{{- define "kata-thp-webhook.secretTemplate" -}}
secretTemplate:
  labels:
    app.kubernetes.io/managed-by: "{{ .Release.Service }}"
  annotations:
    meta.helm.sh/release-name: "{{ .Release.Name }}"
    meta.helm.sh/release-namespace: "{{ .Release.Namespace }}"
{{- end -}}
