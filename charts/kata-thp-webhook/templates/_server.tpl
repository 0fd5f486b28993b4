{{/* The server's command line: every flag that the chart gives it stands here and nowhere else. */}}
{{- define "kata-thp-webhook.serveArgs" -}}
- serve
- --port={{ .Values.server.port }}
- --metrics-port={{ .Values.server.metricsPort }}
- --policy=/etc/kata-thp/policy.yaml
{{- if eq .Values.certificate.source "self-signed" }}
- --tls-source=self-signed
- --tls-secret={{ .Release.Namespace }}/{{ include "kata-thp-webhook.certificateSecret" . }}
{{- else }}
- --tls-source=files
- --tls-cert=/tls/tls.crt
- --tls-key=/tls/tls.key
{{- end }}
- --webhook-configuration={{ include "kata-thp-webhook.fullname" . }}
- --service={{ include "kata-thp-webhook.fullname" . }}.{{ .Release.Namespace }}
{{- if ne .Values.tls.minVersion "1.2" }}
- --tls-min-version={{ .Values.tls.minVersion }}
{{- end }}
{{- if or .Values.tls.clientCA.configMap .Values.tls.clientCA.secret }}
- --client-ca=/client-ca/ca.crt
{{- range .Values.tls.clientCA.names }}
- {{ printf "--client-name=%s" . | quote }}
{{- end }}
{{- end }}
- --drain-delay={{ .Values.server.drainDelaySeconds }}
- --max-in-flight={{ .Values.server.maxInFlight }}
- --log-level={{ .Values.server.logLevel }}
{{- range .Values.server.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* A quantity in Mi or Gi, which is all that the schema lets through for the limit, in MiB. */}}
{{- define "kata-thp-webhook.mebibytes" -}}
{{- if hasSuffix "Gi" . -}}
{{- mul (trimSuffix "Gi" . | int) 1024 -}}
{{- else -}}
{{- trimSuffix "Mi" . | int -}}
{{- end -}}
{{- end -}}

{{- define "kata-thp-webhook.memoryMiB" -}}
{{- include "kata-thp-webhook.mebibytes" .Values.resources.limits.memory -}}
{{- end -}}

{{/*
Half of the limit for V8's old generation. The other half is for what V8 does not count: Node itself, the young
generation (three semi-spaces), TLS and the bodies that are being read. Semi-spaces are kept at 4 MiB, where V8's own
choice is 16, and the image sets that too; this replaces what it sets.
*/}}
{{- define "kata-thp-webhook.nodeOptions" -}}
--max-old-space-size={{ div (include "kata-thp-webhook.memoryMiB" . | int) 2 }} --max-semi-space-size=4
{{- end -}}

{{/* The drain, 15 s for requests that are still under way after it, and 5 s to spare. */}}
{{- define "kata-thp-webhook.gracePeriod" -}}
{{- add .Values.server.drainDelaySeconds 20 -}}
{{- end -}}
