// Package service is what a complete service needs beside the bus: a context
// that ends at a signal, an HTTP server that ends in order, and the probes of
// Kubernetes.
//
// A service that handles events serves its probes while its consumer runs, until
// the very end of it:
//
//	ctx, stop := service.SignalContext(context.Background())
//	defer stop()
//	probes := service.ProbeServer(os.Getenv("PROBE_ADDR"), consumer.Health)
//	err := probes.ServeWhile(ctx, consumer.Run)
//
// A service whose requests become events serves them until the signal, on another port
// than its probes, and then closes its producer:
//
//	server := service.Server{Addr: os.Getenv("HTTP_ADDR"), Handler: routes}
//	err := probes.ServeWhile(ctx, server.Serve)
//	err = errors.Join(err, producer.Close(closing))
//
// It is not a framework: it knows no configuration, no telemetry and no routes
// but the probes'. A service that has those already needs nothing of it;
// pkg/eventbus does not import it.
package service
