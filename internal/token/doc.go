// Package token keeps the clients of a producer, a consumer or a command supplied
// with SASL OAUTHBEARER tokens: it asks the user's function in time, again after a
// failure, and never from a goroutine that the function could hold up.
package token
