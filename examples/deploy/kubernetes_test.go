package deploy_test

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/examples/internal/declared"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// object is what the tests look at of a Kubernetes object. A field that is not
// known here is not refused: there is no schema to hold it against.
type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Data       map[string]string
	Spec       struct {
		Replicas       int
		MaxUnavailable int `yaml:"maxUnavailable"`
		Selector       map[string]any
		Ports          []port
		Template       struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
	}
}

type port struct {
	Name          string
	ContainerPort int    `yaml:"containerPort"`
	TargetPort    string `yaml:"targetPort"`
}

type pod struct {
	Grace           int `yaml:"terminationGracePeriodSeconds"`
	SecurityContext struct {
		RunAsNonRoot bool `yaml:"runAsNonRoot"`
		RunAsUser    int  `yaml:"runAsUser"`
	} `yaml:"securityContext"`
	Containers []container
	Volumes    []struct {
		Name   string
		Secret struct {
			Name string `yaml:"secretName"`
		}
	}
}

type container struct {
	EnvFrom []struct {
		ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
	} `yaml:"envFrom"`
	Env       []struct{ Name, Value string }
	Ports     []port
	Lifecycle struct {
		PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
	}
	StartupProbe   probe `yaml:"startupProbe"`
	LivenessProbe  probe `yaml:"livenessProbe"`
	ReadinessProbe probe `yaml:"readinessProbe"`
	VolumeMounts   []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type probe struct {
	HTTPGet          struct{ Path, Port string } `yaml:"httpGet"`
	PeriodSeconds    int                         `yaml:"periodSeconds"`
	FailureThreshold int                         `yaml:"failureThreshold"`
}

// manifest are the objects of a file, by kind.
func manifest(t *testing.T, name string) map[string]object {
	t.Helper()
	out := map[string]object{}
	for d := yaml.NewDecoder(strings.NewReader(read(t, "examples/kubernetes/"+name+".yaml"))); ; {
		var o object
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%s.yaml: %v", name, err)
		}
		if _, twice := out[o.Kind]; twice || o.APIVersion == "" || o.Metadata.Name != name {
			t.Errorf("%s.yaml: %s %s %q", name, o.APIVersion, o.Kind, o.Metadata.Name)
		}
		out[o.Kind] = o
	}
}

// deployment is the pod of a service, and its only container.
func deployment(t *testing.T, name string) (pod, container) {
	t.Helper()
	p := manifest(t, name)["Deployment"].Spec.Template.Spec
	if len(p.Containers) != 1 {
		t.Fatalf("%s has %d containers", name, len(p.Containers))
	}
	return p, p.Containers[0]
}

func TestObjectsBelongTogether(t *testing.T) {
	t.Parallel()
	image := dockerfile(t, servicesDockerfile)
	for name := range names {
		objects := manifest(t, name)
		deploy, budget := objects["Deployment"], objects["PodDisruptionBudget"]
		labels := deploy.Spec.Template.Metadata.Labels
		p, c := deployment(t, name)
		if want := map[string]any{"app": labels["app"]}; labels["app"] != name ||
			!equal(deploy.Spec.Selector["matchLabels"], want) || !equal(budget.Spec.Selector["matchLabels"], want) {
			t.Errorf("%s: labels %v, deployment selects %v, budget %v", name, labels, deploy.Spec.Selector, budget.Spec.Selector)
		}
		if deploy.Spec.Replicas <= budget.Spec.MaxUnavailable {
			t.Errorf("%s: with %d replicas, of which %d may be away, nobody is left", name, deploy.Spec.Replicas, budget.Spec.MaxUnavailable)
		}
		if !p.SecurityContext.RunAsNonRoot || p.SecurityContext.RunAsUser != image.user {
			t.Errorf("%s: security context %+v, and the image's user is %d", name, p.SecurityContext, image.user)
		}
		want := []port{{Name: "http", ContainerPort: 8080}, {Name: "probes", ContainerPort: 8081}}
		if name != "todo-api" { // nobody sends requests to the others
			want = want[1:]
		}
		if diff := cmp.Diff(want, c.Ports); diff != "" || !slices.Equal(image.exposed, []string{"8080", "8081"}) {
			t.Errorf("%s: ports (-want +got):\n%s\nand the image exposes %v", name, diff, image.exposed)
		}
		for _, m := range c.VolumeMounts {
			if len(p.Volumes) != 1 || p.Volumes[0].Name != m.Name || p.Volumes[0].Secret.Name != name+"-kafka" {
				t.Errorf("%s: mount %+v, volumes %+v", name, m, p.Volumes)
			}
		}
		if svc, ok := objects["Service"]; ok != (name == "todo-api") || ok && (!equal(svc.Spec.Selector, map[string]any{"app": name}) || svc.Spec.Ports[0].TargetPort != c.Ports[0].Name) {
			t.Errorf("%s: service %+v", name, svc.Spec)
		}
	}
}

func equal(got any, want map[string]any) bool {
	m, ok := got.(map[string]any)
	return ok && len(m) == len(want) && m["app"] == want["app"]
}

// A pod is killed only after all that its process waits for at its end.
func TestGracePeriodsAreThoseOfTheCode(t *testing.T) {
	t.Parallel()
	shutdown := duration(t, "pkg/eventbus/consumer_config.go", "defaultShutdownTimeout")
	request := duration(t, "examples/todo-api/main.go", "requestGrace")
	if publish := duration(t, "examples/todo-api/main.go", "publishTimeout"); publish >= request {
		t.Errorf("todo-api: a request may take %s, and the stop waits %s", publish, request)
	}
	for name, needs := range map[string]time.Duration{
		"todo-api": request + duration(t, "examples/todo-api/main.go", "closeGrace") + duration(t, "examples/todo-api/main.go", "probeGrace"),
		"notifier": shutdown + duration(t, "examples/notifier/main.go", "probeGrace") + duration(t, "examples/notifier/main.go", "closeGrace"),
		"audit":    shutdown + duration(t, "examples/audit/main.go", "probeGrace"),
	} {
		p, c := deployment(t, name)
		before := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds) * time.Second
		grace := time.Duration(p.Grace) * time.Second
		if before+needs > grace {
			t.Errorf("%s: needs %s after a preStop of %s, and is killed after %s", name, needs, before, grace)
		}
		if (before > 0) != (name == "todo-api") {
			t.Errorf("%s: preStop %s: only who is sent requests has to wait until they end", name, before)
		}
	}
}

// A service serves HTTP once the cluster has answered its producer and its
// consumer.
func TestStartupProbesWaitForTheCluster(t *testing.T) {
	t.Parallel()
	connect := duration(t, "internal/kafkaclient/producer_config.go", "DefaultConnectTimeout")
	for name := range names {
		_, c := deployment(t, name)
		for what, p := range map[string]probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
			if p.HTTPGet.Port != "probes" || p.PeriodSeconds < 1 {
				t.Errorf("%s: %s probe %+v", name, what, p)
			}
		}
		if waits := time.Duration(c.StartupProbe.PeriodSeconds*c.StartupProbe.FailureThreshold) * time.Second; waits <= 2*connect {
			t.Errorf("%s: is restarted %s after its start, and may wait %s for the cluster", name, waits, 2*connect)
		}
	}
}

// What a manifest sets is read, and is a sound configuration for the principal
// of services.yaml. It sets variables, hence no t.Parallel.
func TestEnvironmentsAreRead(t *testing.T) {
	dir := t.TempDir()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for file, text := range map[string]string{"ca.crt": string(ca), "password": "a secret\n"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, service := range names {
		t.Run(name, func(t *testing.T) {
			_, c := deployment(t, name)
			env := map[string]string{}
			for _, from := range c.EnvFrom {
				for k, v := range manifest(t, from.ConfigMapRef.Name)["ConfigMap"].Data {
					env[k] = v
				}
			}
			for _, e := range c.Env {
				env[e.Name] = e.Value
			}
			for k, v := range env {
				isRead(t, name, k)
				t.Setenv(k, strings.Replace(v, c.VolumeMounts[0].MountPath, dir, 1))
			}
			conn, err := kafkaconn.FromEnv()
			if err != nil {
				t.Fatal(err)
			}
			s, err := declared.Read(filepath.Join(root, "services.yaml"), service)
			if err != nil {
				t.Fatal(err)
			}
			if len(conn.Brokers) != 3 || conn.TLS == nil || conn.SASL == nil || conn.SASL.Password != "a secret" || "User:"+conn.SASL.Username != s.Principal {
				t.Errorf("%+v, and the principal is %s", conn, s.Principal)
			}
			variables := []string{"PROBE_ADDR"}
			if name == "todo-api" {
				variables = append(variables, "HTTP_ADDR")
			}
			for _, variable := range variables {
				if addr := dockerfile(t, servicesDockerfile).env[variable]; env[variable] != addr {
					t.Errorf("%s %q, and the image's is %q", variable, env[variable], addr)
				}
			}
		})
	}
}

// isRead fails the test unless the service's code, or the connection from the
// environment, reads a variable.
func isRead(t *testing.T, name, variable string) {
	t.Helper()
	for _, path := range []string{"pkg/kafkaconn/env.go", "examples/" + name + "/main.go"} {
		if strings.Contains(read(t, path), `"`+strings.TrimSuffix(variable, "_FILE")+`"`) {
			return
		}
	}
	t.Errorf("%s does not read %s", name, variable)
}
