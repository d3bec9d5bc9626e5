"""The todo product's models as the old generator wrote them for Pydantic 1,
with the least repair that Pydantic 2 needs: Literal where the generator wrote
Field(..., const=True), and the imports."""

import json
from datetime import datetime
from typing import Any, Dict, List, Literal, Optional
from uuid import UUID, uuid4

from pydantic import BaseModel, Field


class BaseEvent(BaseModel):
    event_id: UUID = Field(default_factory=uuid4)
    event_type: str
    event_version: str
    timestamp: datetime = Field(default_factory=datetime.utcnow)
    correlation_id: Optional[UUID] = None

    class Config:
        json_encoders = {datetime: lambda v: v.isoformat(), UUID: str}


class TodoCreatedV1(BaseEvent):
    event_type: Literal["TodoCreated"] = "TodoCreated"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    title: str
    description: Optional[str] = None
    priority: str = "medium"
    due_date: Optional[datetime] = None


class TodoCreatedV2(TodoCreatedV1):
    event_version: Literal["2.0"] = "2.0"
    tags: Optional[List[str]] = None


class TodoUpdated(BaseEvent):
    event_type: Literal["TodoUpdated"] = "TodoUpdated"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    changes: Dict[str, Any]
    updated_fields: List[str]


class TodoCompleted(BaseEvent):
    event_type: Literal["TodoCompleted"] = "TodoCompleted"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    completed_at: datetime
    time_to_complete: Optional[int] = None


class TodoUncompleted(BaseEvent):
    event_type: Literal["TodoUncompleted"] = "TodoUncompleted"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    uncompleted_at: datetime
    reason: Optional[str] = None


class TodoDeleted(BaseEvent):
    event_type: Literal["TodoDeleted"] = "TodoDeleted"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    deleted_at: datetime
    reason: Optional[str] = None


class TodoPrioritized(BaseEvent):
    event_type: Literal["TodoPrioritized"] = "TodoPrioritized"
    event_version: Literal["1.0"] = "1.0"
    todo_id: UUID
    user_id: UUID
    priority: str
    previous_priority: Optional[str] = None
    prioritized_at: datetime


class ReminderEvent(BaseEvent):
    event_version: Literal["1.0"] = "1.0"
    reminder_id: UUID
    todo_id: UUID
    user_id: UUID


class ReminderCreated(ReminderEvent):
    event_type: Literal["ReminderCreated"] = "ReminderCreated"
    reminder_type: str
    remind_at: datetime
    due_date: Optional[datetime] = None


class ReminderTriggered(ReminderEvent):
    event_type: Literal["ReminderTriggered"] = "ReminderTriggered"
    reminder_type: str
    triggered_at: datetime
    due_date: datetime


class ReminderSnoozed(ReminderEvent):
    event_type: Literal["ReminderSnoozed"] = "ReminderSnoozed"
    new_due_date: datetime
    snooze_duration: int


class ReminderDismissed(ReminderEvent):
    event_type: Literal["ReminderDismissed"] = "ReminderDismissed"
    dismissed_at: datetime


class ReminderCancelled(ReminderEvent):
    event_type: Literal["ReminderCancelled"] = "ReminderCancelled"
    cancelled_at: datetime
    reason: Optional[str] = None


MODELS = {
    (m.model_fields["event_type"].default, m.model_fields["event_version"].default): m
    for m in (
        TodoCreatedV1,
        TodoCreatedV2,
        TodoUpdated,
        TodoCompleted,
        TodoUncompleted,
        TodoDeleted,
        TodoPrioritized,
        ReminderCreated,
        ReminderTriggered,
        ReminderSnoozed,
        ReminderDismissed,
        ReminderCancelled,
    )
}


def parse(value: bytes) -> BaseEvent:
    """The model of a record, chosen by type and version."""
    data = json.loads(value)
    return MODELS[data["event_type"], data["event_version"]](**data)
