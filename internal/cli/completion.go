package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// candidates are what may stand in one place. They come from files alone: a completion
// that connected would make a shell wait for a cluster, and ask for tokens.
type candidates struct {
	from func(q query) []cobra.Completion
	list bool // several, with commas between

	files, dirs bool // what the shell offers instead
}

// query is what has been typed.
type query struct {
	app  *app
	cmd  *cobra.Command
	args []string
}

// free is a place where only the user knows what belongs there.
var free = candidates{}

// flagCandidates are by the name of a flag, which means the same in nearly all commands.
// Where it does not, the name of the command stands before it.
var flagCandidates = map[string]candidates{
	"against":        free, // what git knows
	"audit":          {files: true},
	"brokers":        free,
	"context":        {from: contextNames},
	"contracts":      {files: true}, // a directory or an image
	"correlation":    free,
	"data-dir":       {dirs: true},
	"date":           free,
	"describe":       {from: specFields},
	"dir":            {dirs: true},
	"domain":         {from: domains},
	"events":         {from: typeNames, list: true},
	"format":         free,
	"group":          {from: groupNames},
	"header":         free,
	"id":             free,
	"key":            free,
	"limit":          free,
	"lines":          free,
	"major":          {from: majors},
	"max":            free,
	"module":         free,
	"new major":      free,
	"new key":        {from: specFields},
	"nodes":          free,
	"only-reason":    {from: reasons},
	"owner":          {from: owners},
	"port":           free,
	"publisher":      {from: serviceNames},
	"reason":         free,
	"replace":        {dirs: true},
	"replicas":       free,
	"sasl-mechanism": {from: mechanisms},
	"sasl-user":      free,
	"services":       {files: true},
	"since":          free,
	"source":         {from: serviceNames},
	"source-topic":   {from: topicNames},
	"spec":           free,
	"template":       {files: true},
	"time":           free,
	"timeout":        free,
	"tls-ca":         {files: true},
	"tls-cert":       {files: true},
	"tls-key":        {files: true},
	"topic":          {from: topicNames},
	"partition":      free,
	"to":             {from: resetTargets},
	"reset topic":    {from: readableTopics, list: true},
	"type":           {from: typeNames},
}

// argumentCandidates are by the name of an argument, as the usage line has it, with the
// command's before it where it means something else.
var argumentCandidates = map[string]candidates{
	"CONTEXT":             {from: contextNames},
	"DIR":                 {dirs: true},
	"JSON|-":              free,
	"NAME":                free,
	"PARTITION/OFFSET|ID": free,
	"SPEC":                free,
	"SHELL":               {from: shellNames},
	"GROUP":               {from: groupNames},
	"TOPIC":               {from: readableTopics},
	"TOPIC.GROUP.dlq":     {from: deadLetterTopics},
	"TYPE":                {from: typeNames},
	"new TYPE":            free, // there must be none yet
}

// completions gives every flag and argument of the tree its candidates. What has none
// offers nothing: a shell would list files otherwise.
func (a *app) completions(cmd *cobra.Command) {
	if !cmd.HasSubCommands() && cmd.ValidArgsFunction == nil {
		names := argumentNames(cmd)
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) >= len(names) {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return candidatesOf(argumentCandidates, cmd, names[len(args)]).complete(query{a, cmd, args}, toComplete)
		}
	}
	add := func(f *pflag.Flag) {
		if f.Value.Type() == "bool" {
			return // takes no value of its own
		}
		_ = cmd.RegisterFlagCompletionFunc(f.Name, func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return candidatesOf(flagCandidates, cmd, f.Name).complete(query{a, cmd, args}, toComplete)
		}) // the error is for a flag that there is not, or that has its own already
	}
	cmd.LocalNonPersistentFlags().VisitAll(add)
	cmd.PersistentFlags().VisitAll(add)
	for _, sub := range cmd.Commands() {
		a.completions(sub)
	}
}

// plainUsages has a shell show what flags do without the quotes around the value's name:
// cobra takes them off for its own help alone.
func plainUsages(cmd *cobra.Command) {
	plain := func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") }
	cmd.LocalNonPersistentFlags().VisitAll(plain)
	cmd.PersistentFlags().VisitAll(plain)
	for _, sub := range cmd.Commands() {
		plainUsages(sub)
	}
}

func candidatesOf(all map[string]candidates, cmd *cobra.Command, name string) candidates {
	if c, ok := all[cmd.Name()+" "+name]; ok {
		return c
	}
	return all[name]
}

// argumentNames are the arguments in a command's usage line, such as TYPE and JSON|-.
func argumentNames(cmd *cobra.Command) []string {
	var out []string
	for _, word := range strings.Fields(cmd.Use)[1:] {
		out = append(out, strings.Trim(word, "[]"))
	}
	return out
}

func (c candidates) complete(q query, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch {
	case c.files:
		return nil, cobra.ShellCompDirectiveDefault
	case c.dirs:
		return nil, cobra.ShellCompDirectiveFilterDirs
	case c.from == nil:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all := c.from(q)
	if !c.list {
		return all, cobra.ShellCompDirectiveNoFileComp
	}
	// Of "A,B" the shell replaces the whole word, so that what is typed comes before.
	before := toComplete[:strings.LastIndexByte(toComplete, ',')+1]
	typed := strings.Split(before, ",")
	var out []cobra.Completion
	for _, one := range all {
		if name, _, _ := strings.Cut(one, "\t"); !slices.Contains(typed, name) {
			out = append(out, before+one)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
