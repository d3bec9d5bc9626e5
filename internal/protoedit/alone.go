package protoedit

import (
	"errors"
	"unicode/utf8"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/reporter"
)

// parseAlone parses what is to be inserted, without the file around it. It has at
// least one declaration.
func parseAlone(text string) (*ast.FileNode, error) {
	handler := reporter.NewHandler(reporter.NewReporter(nil, nil))
	if !utf8.ValidString(text) {
		return nil, errors.New("the text is not UTF-8")
	}
	tree, err := guarded("", []byte(text), handler)
	var at reporter.ErrorWithPos
	if errors.As(err, &at) {
		err = at.Unwrap() // its position is in no file
	}
	if err == nil && len(tree.Decls) == 0 {
		err = errors.New("the text is empty")
	}
	return tree, err
}
