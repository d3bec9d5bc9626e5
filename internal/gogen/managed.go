package gogen

import (
	"path"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// manage fills in the options of a file as buf's managed mode does. That is go_package,
// by the template, and also those of other languages, by rules that each of them has:
// they are in the descriptor that generated Go holds
// (https://buf.build/docs/generate/managed-mode/).
func manage(f *descriptorpb.FileDescriptorProto, t *contractrepo.Template) {
	if !t.Managed || strings.HasPrefix(f.GetName(), "google/protobuf/") {
		return
	}
	if f.Options == nil {
		f.Options = &descriptorpb.FileOptions{}
	}
	o := f.Options
	set := func(option string, field **string, value string) {
		if value != "" && !t.Disabled(option, f.GetName()) {
			*field = proto.String(value)
		}
	}
	pkg := f.GetPackage()
	set("java_outer_classname", &o.JavaOuterClassname, pascal(path.Base(f.GetName())))
	if pkg != "" && !t.Disabled("java_package_prefix", f.GetName()) {
		set("java_package", &o.JavaPackage, "com."+pkg)
	}
	if at := t.GoPackage(f.GetName(), pkg, o.GetGoPackage()); at != "" {
		o.GoPackage = proto.String(at)
	}
	set("objc_class_prefix", &o.ObjcClassPrefix, objcPrefix(pkg))
	set("csharp_namespace", &o.CsharpNamespace, parts(pkg, ".", pascal))
	set("php_namespace", &o.PhpNamespace, parts(pkg, `\`, php))
	if pkg != "" {
		set("php_metadata_namespace", &o.PhpMetadataNamespace, parts(pkg, `\`, php)+`\GPBMetadata`)
	}
	set("ruby_package", &o.RubyPackage, parts(pkg, "::", pascal))
	// Of these, only what differs from the default of managed mode is written.
	if !t.Disabled("java_multiple_files", f.GetName()) && f.GetEdition() < descriptorpb.Edition_EDITION_2024 {
		o.JavaMultipleFiles = proto.Bool(true)
	}
	if !t.Disabled("cc_enable_arenas", f.GetName()) && !o.GetCcEnableArenas() {
		o.CcEnableArenas = proto.Bool(true)
	}
	if !t.Disabled("java_string_check_utf8", f.GetName()) && o.GetJavaStringCheckUtf8() {
		o.JavaStringCheckUtf8 = proto.Bool(false)
	}
	if !t.Disabled("optimize_for", f.GetName()) && o.GetOptimizeFor() != descriptorpb.FileOptions_SPEED {
		o.OptimizeFor = descriptorpb.FileOptions_SPEED.Enum()
	}
	if proto.Size(o) == 0 {
		f.Options = nil
	}
}

// parts is a package with each part written in a language's way.
func parts(pkg, separator string, write func(string) string) string {
	if pkg == "" {
		return ""
	}
	names := strings.Split(pkg, ".")
	for i := range names {
		names[i] = write(names[i])
	}
	return strings.Join(names, separator)
}

// pascal is a name in PascalCase, as buf writes it: order_placed.proto is
// OrderPlacedProto, and a capital stays one.
func pascal(name string) string {
	var b strings.Builder
	begins := true
	for _, c := range name {
		switch {
		case strings.ContainsRune("._- \t\r\n", c):
			begins = true
			continue
		case begins || unicode.IsUpper(c):
			b.WriteRune(unicode.ToUpper(c))
		default:
			b.WriteRune(c)
		}
		begins = false
	}
	return b.String()
}

// objcPrefix is the first letters of a package without its version, three or more.
// "GPB" is protobuf's own.
func objcPrefix(pkg string) string {
	if pkg == "" {
		return ""
	}
	names := strings.Split(pkg, ".")
	if contractrepo.Versioned(pkg) {
		names = names[:len(names)-1]
	}
	prefix := ""
	for _, n := range names {
		prefix += strings.ToUpper(n[:1])
	}
	for len(prefix) < 3 {
		prefix += "X"
	}
	if prefix == "GPB" {
		return "GPX"
	}
	return prefix
}

// phpReserved are words that a PHP namespace cannot have
// (https://www.php.net/manual/en/reserved.php), as far as buf avoids them.
var phpReserved = strings.Fields(`
	abstract and arithmeticerror array as bool break callable case catch class clone
	closure const continue declare default die directory divisionbyzeroerror do echo else
	elseif empty enddeclare endfor endforeach endif endswitch endwhile error
	errorexception eval exception exit extends false final finally float fn for foreach
	function global goto if implements include include_once instanceof insteadof int
	interface isset iterable list match namespace new null or parseerror print private
	protected public require require_once return static string switch throw throwable
	trait true try typeerror unset use var void while xor yield`)

func php(name string) string {
	for _, word := range phpReserved {
		if strings.ToLower(name) == word {
			return pascal(name) + "_"
		}
	}
	return pascal(name)
}
