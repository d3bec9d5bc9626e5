package event

import (
	"math"
	"strconv"
)

// maxWhole is the last number up to which every whole number is a float64: 2^53. JSON's
// numbers are such in a google.protobuf.Value.
const maxWhole = 1 << 53

// exact reports whether a number of JSON, which a scanner has accepted, is kept by a
// float64: whole numbers up to 2^53, and any number that is written as one that is not
// whole, which every reader takes for a float. protojson writes floats from 1e21 on with
// an exponent, and below it in digits, where they may be a whole number that was rounded
// before: those are not.
func exact(raw []byte) bool {
	const limit = "9007199254740992" // maxWhole
	digits := raw
	if digits[0] == '-' {
		digits = digits[1:]
	}
	whole := true
	for _, c := range digits {
		whole = whole && c >= '0' && c <= '9'
	}
	if whole {
		return len(digits) < len(limit) || len(digits) == len(limit) && string(digits) <= limit
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	f = math.Abs(f)
	return err != nil || f <= maxWhole || f >= 1e21 // protojson refuses what is out of range
}
