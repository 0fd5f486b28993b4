#!/usr/bin/env bash
# Installs the chart on the cluster of KUBECONFIG, checks what becomes of pods, and removes everything again.
# The nodes need the handlers kata-clh and kata-clh-thp, the webhook's image and POD_IMAGE. Any cluster will do.
#
#   IMAGE=localhost/kata-thp-webhook:0.1.0   the webhook's image, as the nodes know it
#   POD_IMAGE=registry.k8s.io/pause:3.10     the image of the test's pods
#   KEEP=1                                   leave everything installed
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
image=${IMAGE:?set IMAGE to the webhook image that the nodes have}
pod_image=${POD_IMAGE:-registry.k8s.io/pause:3.10}
namespace=kata-thp
release=kata-thp
passed=0

say() { printf '\n==> %s\n' "$*"; }

# expect NAME WANTED ACTUAL
expect() {
  if [ "$2" != "$3" ]; then
    printf 'FAIL: %s: expected "%s", got "%s"\n' "$1" "$2" "$3" >&2
    exit 1
  fi
  passed=$((passed + 1))
  printf 'ok: %s\n' "$1"
}

# pod NAMESPACE NAME JSONPATH
pod() { kubectl get pod "$2" --namespace "$1" --output "jsonpath=$3"; }

on_exit() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    say "what is there"
    kubectl get pods,events --all-namespaces || true
    kubectl logs --namespace "$namespace" --selector app.kubernetes.io/name=kata-thp-webhook --tail 50 || true
  fi
  if [ "${KEEP:-}" = "" ]; then
    helm uninstall "$release" --namespace "$namespace" --ignore-not-found --wait >/dev/null || true
    kubectl delete namespace "$namespace" kata-thp-e2e-enforce kata-thp-e2e-observe --ignore-not-found >/dev/null || true
    kubectl delete --filename "$here/runtime-classes.yaml" --ignore-not-found >/dev/null || true
  fi
}
trap on_exit EXIT

say "RuntimeClasses"
kubectl apply --filename "$here/runtime-classes.yaml"

say "helm install"
helm upgrade --install "$release" "$root/charts/kata-thp-webhook" --namespace "$namespace" --create-namespace \
  --set "image.repository=${image%:*}" --set-string "image.tag=${image##*:}" --wait --timeout 180s

say "helm test"
helm test "$release" --namespace "$namespace" --timeout 180s

say "pods in namespaces of both modes"
for mode in enforce observe; do
  kubectl create namespace "kata-thp-e2e-$mode"
  kubectl label namespace "kata-thp-e2e-$mode" "kata-thp.dev/mode=$mode"
  kubectl wait --for=create serviceaccount/default --namespace "kata-thp-e2e-$mode" --timeout 60s
  sed "s|IMAGE|$pod_image|" "$here/pods.yaml" | kubectl apply --namespace "kata-thp-e2e-$mode" --filename -
done
enforce=kata-thp-e2e-enforce
expect "an eligible pod is moved" kata-clh-thp "$(pod $enforce eligible '{.spec.runtimeClassName}')"
status=$(pod $enforce eligible '{.metadata.annotations.kata-thp\.dev/status}')
selection=${status#*'"selection":"'}
expect "it says how" runtime-class "${selection%%'"'*}"
expect "its overhead is the class's" 130Mi "$(pod $enforce eligible '{.spec.overhead.memory}')"
expect "a hostPath keeps a pod as it is" kata-clh "$(pod $enforce host-path '{.spec.runtimeClassName}')"
expect "and it says why" HostPathVolume "$(pod $enforce host-path '{.metadata.annotations.kata-thp\.dev/skipped}')"
expect "an opted-out pod stays as it is" kata-clh "$(pod $enforce opted-out '{.spec.runtimeClassName}')"
expect "without a word" "" "$(pod $enforce opted-out '{.metadata.annotations.kata-thp\.dev/skipped}')"
observed=$(pod kata-thp-e2e-observe eligible '{.spec.runtimeClassName} {.metadata.annotations.kata-thp\.dev/status}')
expect "an observed pod stays as it is" "kata-clh " "$observed"
for mode in enforce observe; do
  kubectl wait --for=condition=Ready pod --all --namespace "kata-thp-e2e-$mode" --timeout 120s
done

if [ "${KEEP:-}" = "" ]; then
  say "helm uninstall"
  helm uninstall "$release" --namespace "$namespace" --wait --timeout 120s
  # They go on serving while the API server learns of it.
  kubectl wait --for=delete pod --selector app.kubernetes.io/name=kata-thp-webhook --namespace "$namespace" --timeout 60s
  left=$(kubectl get mutatingwebhookconfigurations,clusterroles,clusterrolebindings --output name | grep kata-thp || true)
  expect "nothing is left in the cluster" "" "$left"
  left=$(kubectl get all,secrets,configmaps,roles,rolebindings,serviceaccounts,poddisruptionbudgets \
    --namespace "$namespace" --output name | grep kata-thp || true)
  expect "nor in its namespace" "" "$left"
fi

printf '\n%s checks passed\n' "$passed"
