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
- --drain-delay={{ .Values.server.drainDelaySeconds }}
- --max-in-flight={{ .Values.server.maxInFlight }}
- --log-level={{ .Values.server.logLevel }}
{{- range .Values.server.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* resources.limits.memory in MiB. The schema lets only Mi and Gi through. */}}
{{- define "kata-thp-webhook.memoryMiB" -}}
{{- $limit := .Values.resources.limits.memory -}}
{{- if hasSuffix "Gi" $limit -}}
{{- mul (trimSuffix "Gi" $limit | int) 1024 -}}
{{- else -}}
{{- trimSuffix "Mi" $limit | int -}}
{{- end -}}
{{- end -}}

{{/*
Half of the limit for V8's old generation. The other half is for what V8 does not count: Node itself (about 60 MiB), the
young generation (three semi-spaces), TLS and the bodies that are being read. A semi-space of 4 MiB instead of 16 costs
no throughput and saves 20 MiB. --enable-source-maps is what the image sets, which this replaces.
*/}}
{{- define "kata-thp-webhook.nodeOptions" -}}
--enable-source-maps --max-old-space-size={{ div (include "kata-thp-webhook.memoryMiB" . | int) 2 }} --max-semi-space-size=4
{{- end -}}

{{/* The drain, 15 s for requests that are still under way after it, and 5 s to spare. */}}
{{- define "kata-thp-webhook.gracePeriod" -}}
{{- add .Values.server.drainDelaySeconds 20 -}}
{{- end -}}
