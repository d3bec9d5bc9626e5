package account

import (
	"maps"
	"slices"
	"strings"
)

// checkSeen says what of the evidence is missing or damaged.
func (c *checker) checkSeen() {
	c.account.Unseen = append(c.account.Unseen, c.evidence.Unseen...)
	have := map[string]bool{}
	look := func(j Journal) {
		if have[j.Name] {
			c.unseen("there are two journals with the name %s", j.Name)
		}
		have[j.Name] = true
		if j.Cut > 0 {
			c.unseen("journal %s ends in the middle of a line, after %d bytes of it", j.Name, j.Cut)
		}
		for i := 1; i < len(j.Entries); i++ {
			if j.Entries[i].At < j.Entries[i-1].At {
				c.unseen("journal %s, line %d: the clock went back by %d ms: what happened first is not known", j.Name, i+1, (j.Entries[i-1].At-j.Entries[i].At)/1e6)
				break
			}
		}
		if len(j.Entries) == 0 && c.driven != nil && c.driven[j.Name] != nil && c.driven[j.Name].killed == 0 {
			c.unseen("journal %s has no line", j.Name)
		}
	}
	for _, j := range c.evidence.Producers {
		look(j)
	}
	for _, g := range c.evidence.Groups {
		for _, j := range g.Journals {
			look(j)
			c.checkAssigned(j)
		}
	}
	for _, j := range []*Journal{c.evidence.Observed, c.evidence.Driver} {
		if j != nil {
			look(*j)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.driven)) {
		if !have[name] {
			c.unseen("the journal of process %s is missing", name)
		}
	}
}

// checkAssigned requires of a member that tells of its partitions that it tells of
// all that it handles records of.
func (c *checker) checkAssigned(j Journal) {
	if !slices.ContainsFunc(j.Entries, func(e Entry) bool { return e.Kind == Assigned }) {
		if c.driven != nil && slices.ContainsFunc(j.Entries, func(e Entry) bool { return e.Kind.attempt() }) {
			c.unseen("journal %s does not say which partitions its member had", j.Name)
		}
		return
	}
	assigned := map[TopicPartition]bool{}
	for i, e := range j.Entries {
		if e.Kind == Assigned {
			assigned[e.TopicPartition] = true
		}
		if e.Kind == Started && !assigned[e.TopicPartition] {
			c.unseen("journal %s, line %d: a handler started on %s, of whose partition no assignment is told", j.Name, i+1, e.Position)
			return
		}
	}
}

// checkSecrets looks for canaries in what people read.
func (c *checker) checkSecrets() {
	if len(c.evidence.Secrets) == 0 || len(c.evidence.Texts) == 0 {
		c.unchecked("there are no canaries, or no texts to look for them in", SecretsStaySecret)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.evidence.Texts)) {
		for _, secret := range c.evidence.Secrets {
			if strings.Contains(c.evidence.Texts[name], secret) {
				c.find(SecretsStaySecret, "", Position{}, "%s has a secret in it: a canary that begins with %.4q", name, secret)
			}
		}
	}
}
