// Package config collects what is wrong with a configuration: every problem by
// its field, joined into one error, so that a user mends all of them at once.
// Producers, consumers, connections and eventctl share it. It knows no
// configuration itself.
package config
