// Package measure is what the benchmarks of test/bench and the tests that they run
// as processes share: what is asked for, the events, the clock, and the loops
// around what is measured. It knows neither the bus nor the raw client.
package measure
