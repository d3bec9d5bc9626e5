// Command buf-plugin-event-contract is a check plugin of buf: plain buf lint and buf
// breaking run the rules of event contracts with it, which buf's own rules do not see,
// since they are said by options. Name it in buf.yaml under plugins.
//
// It compares with one baseline and knows the .proto files alone. eventctl gate knows
// more: several baselines, waivers, and what groups deploy.
package main

import "buf.build/go/bufplugin/check"

func main() { check.Main(spec) }
