#!/usr/bin/env bash
# Installs the staging stack into the cluster that kubectl leads to: kube-prometheus-stack, Loki, Alloy
# and litewatch into namespace monitoring, the demo app with its sidecar into namespace shop.
#
#   deploy/helm/staging/install.sh [--image=REGISTRY/litewatch]
#   deploy/helm/staging/install.sh --remove
#
#   --image=NAME  where the cluster finds litewatch's image, without its tag (litewatch: one that is on
#                 the nodes already, as after `kind load docker-image litewatch:0.1.0`)
#   --remove      removes what was installed, the namespaces and their volumes included; the operator's
#                 CustomResourceDefinitions stay
#
# Running it again upgrades. Needs helm 3.14 or later, kubectl, openssl. Exit code: 0, or that of what failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

staging=deploy/helm/staging
image=litewatch
remove=false
for option in "$@"; do
  case "$option" in
    -h | --help) sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    --image=?*) image=${option#*=} ;;
    --remove) remove=true ;;
    *) echo "install.sh: no such option: $option; see --help" >&2; exit 2 ;;
  esac
done

# keep COMMAND...: makes an object with `kubectl create`, or brings it up to date.
keep() { kubectl create "$@" --dry-run=client --output=yaml | kubectl apply --server-side --filename=-; }

# chart NAME CHART [OPTION...]
chart() {
  local name=$1 source=$2
  shift 2
  helm upgrade --install "$name" "$source" --namespace=monitoring --wait --timeout=10m "$@"
}

remove_all() {
  kubectl delete namespace shop --ignore-not-found
  local name
  for name in litewatch alloy loki kube-prometheus-stack; do
    helm uninstall "$name" --namespace=monitoring --ignore-not-found
  done
  kubectl delete namespace monitoring --ignore-not-found
}

make_inputs() {
  local namespace
  for namespace in monitoring shop; do
    keep namespace "$namespace"
    keep configmap demo-app --namespace="$namespace" --from-file=tests/demo_app
  done
  keep secret generic alertmanager-litewatch --namespace=monitoring \
    --from-file=alertmanager.yaml=rules/alertmanager.yml
  kubectl get secret grafana-admin --namespace=monitoring >/dev/null 2>&1 ||
    kubectl create secret generic grafana-admin --namespace=monitoring \
      --from-literal=admin-user=admin --from-literal=admin-password="$(openssl rand -hex 16)"
}

install_charts() {
  chart kube-prometheus-stack oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack \
    --version=88.5.3 --values="$staging/kube-prometheus-stack-values.yaml"
  chart loki oci://ghcr.io/grafana-community/helm-charts/loki \
    --version=18.11.0 --values="$staging/loki-values.yaml"
  chart alloy alloy --repo=https://grafana.github.io/helm-charts \
    --version=1.2.1 --values="$staging/alloy-values.yaml" \
    --set-file=alloy.configMap.content="$staging/config.alloy"
  chart litewatch deploy/helm/litewatch \
    --values="$staging/litewatch-values.yaml" --set=image.repository="$image"
}

if $remove; then
  remove_all
  exit
fi
make_inputs
install_charts
kubectl kustomize "$staging/shop" | sed "s#image: litewatch:#image: $image:#" |
  kubectl apply --server-side --filename=-
kubectl rollout status statefulset/shop --namespace=shop --timeout=5m
