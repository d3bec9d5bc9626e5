// Command faults runs services on the bus while their processes are killed, frozen,
// stopped and started, and then proves by journals what became of every event.
//
//	go run ./test/faults -for 30s -seed 7    # one round
//	go run ./test/faults -for 30m -seed 7    # a soak: rounds of a minute, each with the next seed
//
// Each part of a run is a process of its own, this program again in another role:
//
//   - a broker, with an observer on its connections that journals each commit and each
//     write to a dead-letter topic with its answer;
//   - producers, which journal an intent before each publish and its outcome after it;
//   - members of a consumer group, whose handlers journal each attempt. What becomes of
//     an event is a function of its id, and so is known beforehand.
//
// The driver starts them, does them harm by a schedule that follows from the seed, and
// journals what it did. Once the group has nothing left to do, it reads the topics and
// the group's offsets with another client than the bus has, and has package account make
// the account. The program exits with 1 if anything was found, with the history of the
// records concerned, and with 2 if it could not see what it should: then an account
// without findings says nothing.
package main
