package gogen

import (
	"path"
	"regexp"
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
		if value != "" && !disabled(t, option, f) {
			*field = proto.String(value)
		}
	}
	pkg := f.GetPackage()
	set("java_outer_classname", &o.JavaOuterClassname, pascal(path.Base(f.GetName())))
	if pkg != "" && !disabled(t, "java_package_prefix", f) {
		set("java_package", &o.JavaPackage, "com."+pkg)
	}
	set("go_package", &o.GoPackage, goPackage(f, t))
	set("objc_class_prefix", &o.ObjcClassPrefix, objcPrefix(pkg))
	set("csharp_namespace", &o.CsharpNamespace, parts(pkg, ".", pascal))
	set("php_namespace", &o.PhpNamespace, parts(pkg, `\`, php))
	if pkg != "" {
		set("php_metadata_namespace", &o.PhpMetadataNamespace, parts(pkg, `\`, php)+`\GPBMetadata`)
	}
	set("ruby_package", &o.RubyPackage, parts(pkg, "::", pascal))
	// Of these, only what differs from the default of managed mode is written.
	if !disabled(t, "java_multiple_files", f) && f.GetEdition() < descriptorpb.Edition_EDITION_2024 {
		o.JavaMultipleFiles = proto.Bool(true)
	}
	if !disabled(t, "cc_enable_arenas", f) && !o.GetCcEnableArenas() {
		o.CcEnableArenas = proto.Bool(true)
	}
	if !disabled(t, "java_string_check_utf8", f) && o.GetJavaStringCheckUtf8() {
		o.JavaStringCheckUtf8 = proto.Bool(false)
	}
	if !disabled(t, "optimize_for", f) && o.GetOptimizeFor() != descriptorpb.FileOptions_SPEED {
		o.OptimizeFor = descriptorpb.FileOptions_SPEED.Enum()
	}
	if proto.Size(o) == 0 {
		f.Options = nil
	}
}

func disabled(t *contractrepo.Template, option string, f *descriptorpb.FileDescriptorProto) bool {
	for _, d := range t.Disable {
		if d.Matches(option, f.GetName()) {
			return true
		}
	}
	return false
}

// goPackage is the go_package of a file by the last override that applies to it.
func goPackage(f *descriptorpb.FileDescriptorProto, t *contractrepo.Template) string {
	value := ""
	for _, o := range t.Override {
		switch {
		case o.Matches("go_package", f.GetName()):
			value = o.Value
		case o.Matches("go_package_prefix", f.GetName()) && !disabled(t, "go_package_prefix", f):
			value = path.Join(o.Value, path.Dir(f.GetName()))
			if versioned(f.GetPackage()) {
				names := strings.Split(f.GetPackage(), ".")
				value += ";" + names[len(names)-2] + names[len(names)-1]
			}
		}
	}
	return value
}

// version is the last part of a package as buf reads versions: v1, v1beta2, v1p1alpha3,
// v1test and so on.
var version = regexp.MustCompile(`^v[1-9][0-9]*(test.*|(p[1-9][0-9]*)?(alpha|beta)([1-9][0-9]*)?)?$`)

func versioned(pkg string) bool {
	return strings.Contains(pkg, ".") && version.MatchString(pkg[strings.LastIndexByte(pkg, '.')+1:])
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
	if versioned(pkg) {
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
