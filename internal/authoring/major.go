package authoring

import "strconv"

// majorText is the last part of a major's package.
func majorText(major int) string { return "v" + strconv.Itoa(major) }

func majorNumber(text string) int {
	n, _ := strconv.Atoi(text[1:])
	return n
}
