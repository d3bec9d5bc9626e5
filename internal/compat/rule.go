package compat

import "slices"

// Category is what a buf.yaml uses to ask for all rules, also those of a later version.
const Category = "EVENT_CONTRACT"

// Rule is one rule of the gate.
type Rule struct {
	ID       string
	Promises []Promise
	Purpose  string // in one sentence
}

// The ids of rules, which waivers and buf.yaml name. They never change.
const (
	ConstraintTightened     = "EVENT_CONSTRAINT_TIGHTENED"
	ConstraintRelaxed       = "EVENT_CONSTRAINT_RELAXED"
	ConstraintUndecidable   = "EVENT_CONSTRAINT_UNDECIDABLE"
	ConstraintContradiction = "EVENT_CONSTRAINT_CONTRADICTION"
	ConversionMissing       = "CONVERSION_MISSING"
	DefaultChanged          = "EVENT_DEFAULT_CHANGED"
	EnumValueAdded          = "EVENT_ENUM_VALUE_ADDED"
	EnumValueRemoved        = "EVENT_ENUM_VALUE_REMOVED"
	EnumValueRenumbered     = "EVENT_ENUM_VALUE_RENUMBERED"
	FieldNotReserved        = "EVENT_FIELD_NOT_RESERVED"
	FieldRenumbered         = "EVENT_FIELD_RENUMBERED"
	FieldReused             = "EVENT_FIELD_REUSED"
	FieldTypeChanged        = "EVENT_FIELD_TYPE_CHANGED"
	KeyChanged              = "EVENT_KEY_CHANGED"
	MajorAdded              = "EVENT_MAJOR_ADDED"
	OneofChanged            = "EVENT_ONEOF_CHANGED"
	OneofMemberAdded        = "EVENT_ONEOF_MEMBER_ADDED"
	PresenceChanged         = "EVENT_PRESENCE_CHANGED"
	RemovedEarly            = "EVENT_REMOVED_EARLY"
	RequiredAdded           = "EVENT_REQUIRED_ADDED"
	RequiredRemoved         = "EVENT_REQUIRED_REMOVED"
	RequiredZero            = "EVENT_REQUIRED_REFUSES_ZERO"
	RevisionDecreased       = "EVENT_REVISION_DECREASED"
	RevisionNotBumped       = "EVENT_REVISION_NOT_BUMPED"
	SensitivityLowered      = "EVENT_SENSITIVITY_LOWERED"
	SunsetAdvanced          = "EVENT_SUNSET_ADVANCED"
	TimeDependent           = "EVENT_RULE_TIME_DEPENDENT"
	TopicChanged            = "EVENT_TOPIC_CHANGED"
	TypeChanged             = "EVENT_TYPE_CHANGED"
	TypeReused              = "EVENT_TYPE_REUSED"
	TypeDuplicate           = "EVENT_TYPE_DUPLICATE"
	TopicCleanupChanged     = "TOPIC_CLEANUP_CHANGED"
	TopicFormatChanged      = "TOPIC_FORMAT_CHANGED"
	TopicHeaderRemoved      = "TOPIC_HEADER_REMOVED"
	TopicMaxBytesLowered    = "TOPIC_MAX_BYTES_LOWERED"
	PartitionsDecreased     = "TOPIC_PARTITIONS_DECREASED"
	PartitionsIncreased     = "TOPIC_PARTITIONS_INCREASED"
	TopicRemoved            = "TOPIC_REMOVED"
	RetentionShortened      = "TOPIC_RETENTION_SHORTENED"
	Unsound                 = "EVENT_CONTRACT_UNSOUND"
)

var rules = []Rule{
	{ConstraintTightened, []Promise{Backward}, "A value that old writers may have written is refused by today's rules."},
	{ConstraintRelaxed, []Promise{Forward}, "A value that today's writers may write is refused by the rules of readers that are deployed."},
	{ConstraintUndecidable, []Promise{Backward, Forward}, "A pattern, an expression or another rule changed of which it cannot be told whether values are refused."},
	{ConstraintContradiction, []Promise{Itself}, "No value can pass the rules, or readers accept less than writers may write."},
	{ConversionMissing, []Promise{Itself}, "A new major does not say how the one before it converts, or its conversion by name cannot work."},
	{DefaultChanged, []Promise{Backward, Forward}, "Records without the field change their meaning."},
	{EnumValueAdded, []Promise{Forward}, "Readers that are deployed read the new value as unset, or refuse it."},
	{EnumValueRemoved, []Promise{Backward}, "Today's readers read the value of a retained record as unset, or refuse it."},
	{EnumValueRenumbered, []Promise{Both}, "Rules, deployed code and what was written in binary know an enum's values by their numbers."},
	{FieldNotReserved, []Promise{Both}, "A deleted field's number or name is free for a field that would read retained records wrongly."},
	{FieldRenumbered, []Promise{Both}, "What was written in binary, and code that was generated before, has the field under another number."},
	{FieldReused, []Promise{Both, Backward, Forward}, "What is written as one field is read as another."},
	{FieldTypeChanged, []Promise{Both}, "Values of one type are read as another, or refused."},
	{KeyChanged, []Promise{Both}, "Events of one entity move to other partitions and lose their order."},
	{MajorAdded, []Promise{Forward}, "Groups that handle the event do not deploy its new major yet."},
	{OneofChanged, []Promise{Backward, Forward}, "A record may have two fields of which the reader takes one."},
	{OneofMemberAdded, []Promise{Forward}, "Readers that are deployed see nothing set."},
	{PresenceChanged, []Promise{Backward, Forward}, "A value that is absent on one side is zero on the other."},
	{RemovedEarly, []Promise{Both}, "An event is removed while somebody may publish, read or retain it."},
	{RequiredAdded, []Promise{Backward}, "Records without the field are refused."},
	{RequiredRemoved, []Promise{Forward}, "Readers that are deployed refuse records without the field."},
	{RequiredZero, []Promise{Itself}, "Required on a number or bool without presence refuses zero and false."},
	{RevisionDecreased, []Promise{Governance}, "Two contracts have one version."},
	{RevisionNotBumped, []Promise{Governance}, "Two contracts have one version."},
	{SensitivityLowered, []Promise{Governance}, "Personal or secret data is shown to more people."},
	{SunsetAdvanced, []Promise{Both}, "An event may be removed before the day that was announced, or without one that was."},
	{TimeDependent, []Promise{Itself}, "A rule's answer depends on when it is asked: a replay would fail it."},
	{TopicChanged, []Promise{Both}, "Consumers read one topic and records are in another."},
	{TypeChanged, []Promise{Both}, "Readers skip a type that they do not know."},
	{TypeReused, []Promise{Both}, "Records of an event that was removed are taken for another one."},
	{TypeDuplicate, []Promise{Itself}, "A record names two contracts."},
	{TopicCleanupChanged, []Promise{Backward}, "Records are deleted or kept otherwise than readers rely on."},
	{TopicFormatChanged, []Promise{Both}, "Readers that are not ours read one format."},
	{TopicHeaderRemoved, []Promise{Forward}, "Brokers, tools and consumers that filter by a header find nothing."},
	{TopicMaxBytesLowered, []Promise{Backward}, "Events that were published are too large to be published again, or redriven."},
	{PartitionsDecreased, []Promise{Operation}, "Kafka cannot take partitions away."},
	{PartitionsIncreased, []Promise{Operation}, "Keys move to other partitions: for a while the order of an entity's events is lost."},
	{TopicRemoved, []Promise{Backward}, "Retained records have no contract any more."},
	{RetentionShortened, []Promise{Backward}, "Records that readers count on are deleted earlier."},
	{Unsound, []Promise{Itself}, "A contract is itself wrong: services would not start with it."},
}

// Rules are all rules, by id.
func Rules() []Rule {
	out := slices.Clone(rules)
	slices.SortFunc(out, func(a, b Rule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// IsLint reports whether a rule looks at one state alone.
func (r Rule) IsLint() bool { return r.Promises[0] == Itself }
