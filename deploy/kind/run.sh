#!/usr/bin/env bash
# Builds the image, makes a kind cluster, loads the image, and runs the end-to-end suite and install-and-test.sh on it.
# Needs docker or podman, kind, kubectl, helm, and npm ci done. The cluster is deleted at the end.
#
#   CLUSTER=kata-thp   the cluster's name
#   KEEP=1             keep the cluster, with everything installed
#   CONTAINER_TOOL=podman, KIND_EXPERIMENTAL_PROVIDER=podman   without docker
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cluster=${CLUSTER:-kata-thp}
tool=${CONTAINER_TOOL:-docker}
version=$(sed -n 's/^appVersion: *//p' "$root/charts/kata-thp-webhook/Chart.yaml")
image=localhost/kata-thp-webhook:$version

for program in "$tool" kind kubectl helm; do
  command -v "$program" >/dev/null || {
    printf '%s is missing: install it and run this again\n' "$program" >&2
    exit 2
  }
done

work=$(mktemp -d "${TMPDIR:-/tmp}/kata-thp-kind.XXXXXX")
export KUBECONFIG=$work/kubeconfig
on_exit() {
  local code=$?
  if [ "${KEEP:-}" = "" ]; then
    kind delete cluster --name "$cluster" || true
    rm -rf "$work"
  else
    printf '\nThe cluster %s is kept: export KUBECONFIG=%s\n' "$cluster" "$KUBECONFIG"
  fi
  exit "$code"
}
trap on_exit EXIT

printf '==> image %s\n' "$image"
"$tool" build --tag "$image" "$root"
# An archive, because `kind load docker-image` knows docker only.
"$tool" save --output "$work/image.tar" "$image"

printf '\n==> cluster %s\n' "$cluster"
kind create cluster --name "$cluster" --config "$here/cluster.yaml" --kubeconfig "$KUBECONFIG" --wait 180s
kind load image-archive "$work/image.tar" --name "$cluster"
kubectl get nodes --output 'jsonpath={range .items[*]}{.metadata.name}: {.status.runtimeHandlers[*].name}{"\n"}{end}'

printf '\n==> end-to-end suite\n'
# It installs and removes everything itself, so it comes before what KEEP leaves installed. npx: Node 24, whatever runs npm.
(
  cd "$root"
  KATA_THP_E2E=1 KATA_THP_E2E_IMAGE=$image KATA_THP_E2E_RUNS_PODS=1 npx vitest run --project e2e
)

printf '\n==> by hand\n'
IMAGE=$image "$here/install-and-test.sh"
