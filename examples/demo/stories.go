package main

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	analyticsv1 "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1"
	auditv1 "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
)

var (
	stamp      = timestamppb.New
	priorities = []string{"low", "medium", "high", "urgent"}
	verbs      = []string{"Buy", "Call", "Review", "Book", "Clean", "Renew", "Water", "Return"}
	things     = []string{"the plants", "the dentist", "the budget", "a hotel in Lisbon", "the garage", "the passport", "library books", "oat milk"}
)

// refusedTag marks todos of users who cannot be written to: release 2 cannot help
// that either.
const refusedTag = "moved-away"

// partyMark is what release 1 of the notifier cannot render.
const partyMark = "🎉"

// todo is the life of a todo with its reminders.
func (t *teller) todo(whole bool) *story {
	s, u, id := &story{}, t.anyone(), t.uuid()
	created := t.created(s, u, id, whole)
	s.add(created, func(at time.Time) proto.Message {
		return &analyticsv1.TaskCreated{TaskId: id, UserId: u.id, CreatedAt: stamp(at)}
	})
	last := created
	if whole || t.chance(40) {
		from, to := pick(t, priorities...), pick(t, priorities...)
		last = s.add(last, func(at time.Time) proto.Message {
			return &todov1.TodoPrioritized{TodoId: id, UserId: u.id, Priority: to, PreviousPriority: &from, PrioritizedAt: stamp(at)}
		})
	}
	for range 1 + t.IntN(2) {
		title := t.title()
		last = s.add(last, func(time.Time) proto.Message {
			return &todov1.TodoUpdated{
				TodoId: id, UserId: u.id, UpdatedFields: []string{"title"},
				Changes: &structpb.Struct{Fields: map[string]*structpb.Value{"title": structpb.NewStringValue(title)}},
			}
		})
	}
	if whole || t.chance(60) {
		t.reminder(s, created, u, id, whole)
	}
	if whole || t.chance(10) {
		late := int32(60 + t.IntN(100_000))
		s.add(created, func(at time.Time) proto.Message {
			return &analyticsv1.TaskOverdue{TaskId: id, UserId: u.id, DueDate: stamp(at.Add(-time.Duration(late) * time.Second)), OverdueSeconds: &late}
		})
	}
	if whole || t.chance(70) {
		t.completed(s, last, u, id, whole)
	}
	if whole || t.chance(20) {
		s.add(created, func(at time.Time) proto.Message {
			return &todov1.TodoDeleted{TodoId: id, UserId: u.id, DeletedAt: stamp(at)}
		})
	}
	return s
}

// created starts a todo, published by services that have upgraded to major 2 and
// by services that have not.
func (t *teller) created(s *story, u user, id string, whole bool) int {
	title, priority := t.title(), pick(t, priorities...)
	if t.chance(2) || t.n == 3 {
		title += " " + partyMark
	}
	old := t.chance(50)
	if whole {
		old = t.n%2 == 0
	}
	if old {
		return s.add(-1, func(time.Time) proto.Message {
			return &todov1.TodoCreated{TodoId: id, UserId: u.id, Title: title, Priority: &priority}
		})
	}
	tags := []string{pick(t, "home", "work", "errands")}
	if t.chance(1) || t.n == 7 {
		tags = append(tags, refusedTag)
	}
	return s.add(-1, func(at time.Time) proto.Message {
		return &todov2.TodoCreated{TodoId: id, UserId: u.id, Title: title, Priority: &priority, DueDate: stamp(at.Add(72 * time.Hour)), Tags: tags}
	})
}

func (t *teller) completed(s *story, cause int, u user, id string, whole bool) {
	took := int32(60 + t.IntN(200_000))
	done := s.add(cause, func(at time.Time) proto.Message {
		return &todov1.TodoCompleted{TodoId: id, UserId: u.id, CompletedAt: stamp(at), TimeToComplete: &took}
	})
	s.add(done, func(at time.Time) proto.Message {
		return &analyticsv1.TaskCompleted{TaskId: id, UserId: u.id, CompletedAt: stamp(at), TimeToComplete: &took}
	})
	if whole || t.chance(5) {
		s.add(done, func(at time.Time) proto.Message {
			return &todov1.TodoUncompleted{TodoId: id, UserId: u.id, UncompletedAt: stamp(at), Reason: proto.String("it was not done after all")}
		})
	}
}

// reminder is set, goes off, and is put off or done with.
func (t *teller) reminder(s *story, cause int, u user, todo string, whole bool) {
	id, how := t.uuid(), pick(t, "email", "push", "in-app")
	due := func(at time.Time) *timestamppb.Timestamp { return stamp(at.Add(24 * time.Hour)) }
	last := s.add(cause, func(at time.Time) proto.Message {
		return &reminderv1.ReminderCreated{ReminderId: id, TodoId: todo, UserId: u.id, ReminderType: how, RemindAt: stamp(at.Add(time.Hour)), DueDate: due(at)}
	})
	ways := []string{how}
	if whole {
		ways = []string{"email", "push", "in-app"}
	}
	for i, how := range ways {
		if i > 0 || t.chance(15) {
			minutes := int32(5 * (1 + t.IntN(12)))
			last = s.add(last, func(at time.Time) proto.Message {
				return &reminderv1.ReminderSnoozed{ReminderId: id, TodoId: todo, UserId: u.id, NewDueDate: due(at), SnoozeDuration: &minutes}
			})
		}
		last = s.add(last, func(at time.Time) proto.Message {
			return &reminderv1.ReminderTriggered{ReminderId: id, TodoId: todo, UserId: u.id, ReminderType: how, TriggeredAt: stamp(at), DueDate: due(at)}
		})
		t.notification(s, last, u, how)
	}
	if whole || t.chance(50) {
		s.add(last, func(at time.Time) proto.Message {
			return &reminderv1.ReminderDismissed{ReminderId: id, TodoId: todo, UserId: u.id, DismissedAt: stamp(at)}
		})
	}
	if whole || t.chance(10) {
		s.add(cause, func(at time.Time) proto.Message {
			return &reminderv1.ReminderCancelled{ReminderId: id, TodoId: todo, UserId: u.id, CancelledAt: stamp(at)}
		})
	}
}

func (t *teller) notification(s *story, cause int, u user, how string) {
	id, title := t.uuid(), "Reminder: "+t.title()
	s.add(cause, func(at time.Time) proto.Message {
		switch how {
		case "email":
			return &notificationv1.EmailNotificationSent{NotificationId: id, UserId: u.id, Recipient: u.email, Template: "reminder", Subject: &title, SentAt: stamp(at)}
		case "push":
			return &notificationv1.PushNotificationSent{NotificationId: id, UserId: u.id, DeviceId: "phone-" + u.id[:8], Title: title, SentAt: stamp(at)}
		default:
			return &notificationv1.InAppNotificationCreated{NotificationId: id, UserId: u.id, Title: title, Body: "It is due tomorrow.", CreatedAt: stamp(at)}
		}
	})
}

// session is a visit of a user, and what is measured in it.
func (t *teller) session(whole bool) *story {
	s, u, id := &story{}, t.anyone(), t.uuid()
	ip, client := "203.0.113.7", pick(t, "web/4.2", "ios/3.1", "android/3.0")
	if whole || t.chance(20) {
		s.add(-1, func(at time.Time) proto.Message {
			return &auditv1.AuditLogin{UserId: u.id, Outcome: "failure", IpAddress: ip, OccurredAt: stamp(at)}
		})
	}
	login := s.add(-1, func(at time.Time) proto.Message {
		return &analyticsv1.UserLogin{UserId: u.id, LoggedInAt: stamp(at), SessionId: &id, Client: &client}
	})
	s.add(login, func(at time.Time) proto.Message {
		return &auditv1.AuditLogin{UserId: u.id, Outcome: "success", IpAddress: ip, UserAgent: &client, OccurredAt: stamp(at)}
	})
	for range 1 + t.IntN(3) {
		activity := pick(t, "search", "open-list", "share-list", "change-theme")
		s.add(login, func(at time.Time) proto.Message {
			return &analyticsv1.UserActivity{UserId: u.id, Activity: activity, OccurredAt: stamp(at)}
		})
	}
	if whole || t.chance(10) {
		actor, action := t.anyone(), pick(t, "granted", "revoked")
		s.add(login, func(at time.Time) proto.Message {
			return &auditv1.PermissionChanged{UserId: u.id, ActorId: actor.id, Permission: "lists:write", Action: action, ChangedAt: stamp(at)}
		})
	}
	if whole || t.chance(20) {
		total, done := int32(10+t.IntN(10)), int32(t.IntN(10))
		s.add(-1, func(at time.Time) proto.Message {
			return &analyticsv1.TaskCompletionRate{UserId: u.id, Completed: &done, Total: &total, Rate: proto.Float64(float64(done) / float64(total)), WindowStart: stamp(at.Add(-24 * time.Hour)), WindowEnd: stamp(at)}
		})
		s.add(-1, func(at time.Time) proto.Message {
			return &analyticsv1.ProductivityMetric{UserId: u.id, Metric: "todos_per_day", Value: proto.Float64(float64(done)), WindowStart: stamp(at.Add(-24 * time.Hour)), WindowEnd: stamp(at)}
		})
	}
	if whole || t.chance(70) {
		seconds := int32(30 + t.IntN(3600))
		logout := s.add(login, func(at time.Time) proto.Message {
			return &analyticsv1.UserLogout{UserId: u.id, LoggedOutAt: stamp(at), SessionId: &id, SessionSeconds: &seconds}
		})
		s.add(logout, func(at time.Time) proto.Message {
			return &auditv1.AuditLogout{UserId: u.id, SessionId: &id, OccurredAt: stamp(at)}
		})
	}
	return s
}

func (t *teller) title() string { return pick(t, verbs...) + " " + pick(t, things...) }
