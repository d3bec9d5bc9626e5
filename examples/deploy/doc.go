// Package deploy holds what deploys the example services (Dockerfile, Kubernetes
// manifests, compose.yaml) against the code: what can be known without a
// container engine and a cluster, which this repository's tests do not need.
package deploy
