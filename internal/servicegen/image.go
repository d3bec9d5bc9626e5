package servicegen

// The images that a service is built in and runs in, by the digest of their index, as
// this repository's own Dockerfiles have them: a tag is whatever its registry has today.
// dependabot moves those, and a test has these follow.
const runtimeImage = "gcr.io/distroless/base-nossl-debian12:nonroot@sha256:be40c00dfabd86576d92666e87e406714d5618342de1a0c213ad232de255172e"

// buildDigests are by the minor of Go.
var buildDigests = map[string]string{
	"1.26": "@sha256:a688600ca24f8a4d3ca77f95b0dd40704a9fc787c826660eb7ba0b641b8b175d",
}

// BuildImage is the image that builds the service. That of a Go which is not known here
// has its tag alone.
func (c Consumer) BuildImage() string {
	return "golang:" + c.GoVersion + "-bookworm" + buildDigests[c.GoVersion]
}

// RuntimeImage is the image that the service runs in.
func (c Consumer) RuntimeImage() string { return runtimeImage }
