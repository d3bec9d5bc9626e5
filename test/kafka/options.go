package kafkatest

// Option changes a cluster.
type Option func(*options)

type options struct {
	nodes      int
	secured    bool
	properties []property
	listeners  []listener
}

// property is one of every node, or of one.
type property struct {
	node       int
	key, value string
}

// every is the node of a property that all have.
const every = -1

// listener is a further TLS listener of every node.
type listener struct {
	name string
	cert Certificate
}

// Listener adds a TLS listener with a certificate of its own to a secured
// cluster, for what clients must refuse. Security.TLS has its addresses by name.
func Listener(name string, c Certificate) Option {
	return func(o *options) { o.listeners = append(o.listeners, listener{name, c}) }
}

// Nodes sets the number of nodes, each of them broker and controller. Topics and
// the cluster's own state have min(n, 3) replicas, of which all but one must be
// in sync. Defaults to 1.
func Nodes(n int) Option {
	return func(o *options) { o.nodes = n }
}

// Property sets a property of every node, beside or instead of those that the
// package sets.
func Property(key, value string) Option {
	return func(o *options) { o.properties = append(o.properties, property{every, key, value}) }
}

// NodeProperty is [Property] for one node, such as its rack.
func NodeProperty(node int, key, value string) Option {
	return func(o *options) { o.properties = append(o.properties, property{node, key, value}) }
}

// Secured adds the listeners that [Cluster.Secured] describes, and access
// control: nobody may do anything on them until an ACL allows it. The plain
// listener, Brokers, is the administrator's.
func Secured() Option {
	return func(o *options) { o.secured = true }
}
