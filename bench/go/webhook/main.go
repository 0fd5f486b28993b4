// The same job as the webhook's on controller-runtime: decode the pod, ask the same questions, change the same fields.
//
//	webhook -style raw|ops -port PORT -certs DIR
//
// raw: the pod is changed, marshalled and compared (PatchResponseFromRaw), as kubebuilder's scaffolding has it.
// ops: the operations are written by hand. Nothing is logged for a review, and no informer runs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"gomodules.xyz/jsonpatch/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const (
	variantClass = "kata-clh-thp"
	statusKey    = "kata-thp.dev/status"
	statusPath   = "/metadata/annotations/kata-thp.dev~1status"
	status       = `{"decision":"patch","selection":"runtime-class","mode":"enforce","version":"0.1.0","from":"kata-clh"}`
)

var variantOverhead = corev1.ResourceList{
	corev1.ResourceCPU:    resource.MustParse("250m"),
	corev1.ResourceMemory: resource.MustParse("130Mi"),
}

func main() {
	style := flag.String("style", "raw", "raw or ops")
	port := flag.Int("port", 0, "HTTPS port")
	certs := flag.String("certs", "", "folder of tls.crt and tls.key")
	flag.Parse()
	log.SetLogger(zap.New())

	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	decoder := admission.NewDecoder(scheme)
	answer := changed
	if *style == "ops" {
		answer = byHand
	}
	handler := admission.HandlerFunc(func(_ context.Context, req admission.Request) admission.Response {
		pod := &corev1.Pod{}
		if err := decoder.Decode(req, pod); err != nil {
			return admission.Errored(http.StatusBadRequest, err)
		}
		if reason := reasonAgainst(&req, pod); reason != "" {
			response := admission.Allowed("")
			response.AuditAnnotations = map[string]string{"mode": "enforce", "decision": "skip", "reasons": reason}
			return response
		}
		response := answer(&req, pod)
		response.AuditAnnotations = map[string]string{"mode": "enforce", "decision": "patch", "selection": "runtime-class"}
		return response
	})

	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certs})
	server.Register("/mutate/enforce", &webhook.Admission{Handler: handler})
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := server.Start(ctx); err != nil {
		panic(err)
	}
}

func changed(req *admission.Request, pod *corev1.Pod) admission.Response {
	class := variantClass
	pod.Spec.RuntimeClassName = &class
	if !isVariants(pod.Spec.Overhead) {
		pod.Spec.Overhead = variantOverhead
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations[statusKey] = status
	marshalled, err := json.Marshal(pod)
	if err != nil {
		return admission.Errored(http.StatusInternalServerError, err)
	}
	return admission.PatchResponseFromRaw(req.Object.Raw, marshalled)
}

// isVariants tells whether the overhead is the variant's already: the API server refuses any other.
func isVariants(overhead corev1.ResourceList) bool {
	if len(overhead) != len(variantOverhead) {
		return false
	}
	for name, wanted := range variantOverhead {
		if own, isThere := overhead[name]; !isThere || own.Cmp(wanted) != 0 {
			return false
		}
	}
	return true
}

func byHand(_ *admission.Request, pod *corev1.Pod) admission.Response {
	operations := []jsonpatch.Operation{jsonpatch.NewOperation("replace", "/spec/runtimeClassName", variantClass)}
	if !isVariants(pod.Spec.Overhead) {
		operations = append(operations, jsonpatch.NewOperation("add", "/spec/overhead", variantOverhead))
	}
	if pod.Annotations == nil {
		operations = append(operations, jsonpatch.NewOperation("add", "/metadata/annotations", map[string]string{}))
	}
	operations = append(operations, jsonpatch.NewOperation("add", statusPath, status))
	return admission.Patched("", operations...)
}
