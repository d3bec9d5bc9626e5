package protoedit_test

import "testing"

func TestNextFieldNumber(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want int32
	}{
		"empty":                   {"", 1},
		"after the last":          {"string a = 1; string b = 7; string c = 3;", 8},
		"a gap stays":             {"string a = 1; string b = 3;", 4},
		"in a oneof":              {"string a = 1; oneof o { string b = 2; }", 3},
		"a map":                   {"map<string, string> a = 4;", 5},
		"a nested message's own":  {"message N { string a = 9; } string b = 1;", 2},
		"reserved":                {"reserved 2, 3 to 5; string a = 1;", 6},
		"reserved far above":      {"reserved 100 to max; string a = 1;", 2},
		"reserved one by another": {"reserved 4; reserved 2 to 3; string a = 1;", 5},
		"protobuf's own":          {"string a = 18999;", 20000},
		"up to protobuf's own":    {"reserved 18000 to 18999; string a = 17999;", 20000},
		"the last":                {"string a = 536870910;", 536870911},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := parse(t, "syntax = \"proto3\";\nmessage M {"+c.body+"}").NextFieldNumber("M"); got != c.want || err != nil {
				t.Errorf("got %d, %v, want %d", got, err, c.want)
			}
		})
	}
	f := parse(t, "syntax = \"proto2\";\nmessage M {\n  extensions 2 to 10, 12;\n  optional group G = 1 { optional string a = 50; }\n}\n")
	if got, err := f.NextFieldNumber("M"); got != 11 || err != nil {
		t.Errorf("beside extensions: %d, %v", got, err)
	}
	f = parse(t, "syntax = \"proto3\";\nmessage M {\n  string a = 5;\n  reserved 6 to max;\n}\n")
	want := "x.proto:2:9: no number above the fields of M is free: give the field a number between others by hand, one that no field has ever had"
	if got, err := f.NextFieldNumber("M"); err == nil || err.Error() != want {
		t.Errorf("got %d, %v", got, err)
	}
}
