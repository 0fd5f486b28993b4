{{/*
What the chart writes as caBundle, as JSON: `mark`, empty where it writes none, and `bundles`, base64 by entry. With a new
source old pods serve on until new ones are ready, so what is trusted now stays beside what is new. The mark goes along as
an annotation, and says at the next upgrade what helm wrote at this one:

  given   what the values say
  joined  that and what was there before, for the pods of another source; it goes with the first upgrade after them
  kept    what was there before: helm wrote it, and leaving it out would take it away

`helm template` and --dry-run=client see no cluster, and write what the values say.
*/}}
{{- define "kata-thp-webhook.caBundles" -}}
{{- $name := include "kata-thp-webhook.fullname" . -}}
{{- $live := lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" $name -}}
{{- $before := dig "metadata" "annotations" "kata-thp.dev/ca-bundle" "" $live -}}
{{- $given := ternary .Values.certificate.caBundle "" (eq .Values.certificate.source "secret") -}}
{{- $isJoined := or (not (has $before (list "given" "joined"))) (and (eq $before "joined") (include "kata-thp-webhook.isRollingOut" .)) -}}
{{- $mark := "" -}}
{{- $bundles := dict -}}
{{- range $webhook := $live.webhooks -}}
{{- $trusted := $webhook.clientConfig.caBundle | default "" | b64dec -}}
{{- if and $trusted $given $isJoined -}}
{{- $mark = "joined" -}}
{{- /* Also where it is in there by chance: with the same value helm would own it together with the webhook for good. */ -}}
{{- $isThere := and (eq $before "joined") (contains (trim $given) $trusted) -}}
{{- $all := ternary $trusted (printf "%s\n%s" (trim $given) $trusted) $isThere -}}
{{- $_ := set $bundles $webhook.name ($all | b64enc) -}}
{{- else if and $trusted (not $given) $before (not (include "kata-thp-webhook.isCaBundleOfOthers" (list $live $webhook.name))) -}}
{{- $mark = "kept" -}}
{{- $_ := set $bundles $webhook.name ($trusted | b64enc) -}}
{{- end -}}
{{- end -}}
{{- if $given -}}
{{- $mark = $mark | default "given" -}}
{{- range $mode := list "enforce" "observe" -}}
{{- $entry := printf "%s.kata-thp.dev" $mode -}}
{{- $_ := set $bundles $entry (get $bundles $entry | default ($given | b64enc)) -}}
{{- end -}}
{{- end -}}
{{- dict "mark" $mark "bundles" $bundles | toJson -}}
{{- end -}}

{{/* Pods of the revision before may still serve. Not empty: yes. */}}
{{- define "kata-thp-webhook.isRollingOut" -}}
{{- $deployment := lookup "apps/v1" "Deployment" .Release.Namespace (include "kata-thp-webhook.fullname" .) -}}
{{- if $deployment -}}
{{- $status := $deployment.status | default dict -}}
{{- $isSeen := eq ($status.observedGeneration | int) ($deployment.metadata.generation | int) -}}
{{- if not (and $isSeen (eq ($status.updatedReplicas | int) ($status.replicas | int))) -}}yes{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Whether somebody else owns an entry's caBundle, so that helm may let go of it. Not empty: yes. With the client's three-way
merge, as Helm 3 has it, owners do not count: what helm wrote once and then leaves out is gone.
*/}}
{{- define "kata-thp-webhook.isCaBundleOfOthers" -}}
{{- $entry := printf "k:{\"name\":%q}" (last .) -}}
{{- $isApplied := false -}}
{{- $others := "" -}}
{{- range (first .).metadata.managedFields -}}
{{- $fields := dig "f:webhooks" $entry "f:clientConfig" dict (.fieldsV1 | default dict) -}}
{{- if hasKey $fields "f:service" -}}
{{- $isApplied = or $isApplied (eq .operation "Apply") -}}
{{- else if hasKey $fields "f:caBundle" -}}
{{- $others = "yes" -}}
{{- end -}}
{{- end -}}
{{- if $isApplied -}}{{- $others -}}{{- end -}}
{{- end -}}
