"""The JSON shapes of what happened: on-call rows, incidents and their log entries."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from webapp.sandbox.incidents import Entry, Incident, Responder, state_at
from webapp.sandbox.organisation import Service
from webapp.sandbox.render_account import AccountRenderer, Json, stamp
from webapp.sandbox.rota import OnCall
from webapp.sandbox.world import Happening, entry_id, incident_id

_UNKNOWN = {"stakeholder_update"}


@dataclass(frozen=True)
class HistoryRenderer:
    """Prints for the region that `account` prints for."""

    account: AccountRenderer

    def on_call(self, row: OnCall, zone: ZoneInfo | None, included: set[str]) -> Json:
        """A row of /oncalls; it has no id."""
        shown, organisation = self.account, self.account.world.organisation
        policy = organisation.policy[row.policy_id]
        schedule = organisation.schedule[row.schedule_id] if row.schedule_id else None
        person = organisation.person[row.user_id]
        full_person = "users" in included and person.is_listed(shown.now)
        held = None
        if schedule:
            # Of a shift-based schedule only the reference is known to come, whatever is included.
            is_full = "schedules" in included and not schedule.is_shift_based
            held = shown.schedule(schedule) if is_full else shown.schedule_reference(schedule)
        return {
            "escalation_policy": (
                shown.policy(policy) if "escalation_policies" in included else shown.policy_reference(policy)
            ),
            "escalation_level": row.level,
            "schedule": held,
            "user": shown.person(person) if full_person else shown.person_reference(person.id),
            "start": stamp(row.start, zone) if row.start else None,
            "end": stamp(row.end, zone) if row.end else None,
        }

    def incident_reference(self, number: int, title: str) -> Json:
        """A reference to an incident."""
        return self.account.reference("incident_reference", incident_id(number), f"[#{number}] {title}", "incidents")

    def incident(self, incident: Incident, zone: ZoneInfo | None = None) -> Json:
        """An incident as it stands now. PagerDuty: a resolved one has no assignments and no acknowledgements."""
        shown, organisation = self.account, self.account.world.organisation
        state = state_at(incident, shown.now)
        service = organisation.service[incident.service_id]
        policy = organisation.policy[service.policy_id]
        is_merged = incident.merged_into is not None and state.status == "resolved"
        is_open = state.status != "resolved"
        trigger_id = entry_id(incident.number, 0)
        return shown.reference(
            "incident", incident_id(incident.number), f"[#{incident.number}] {incident.title}", "incidents"
        ) | {
            "incident_number": incident.number,
            "title": incident.title,
            "description": incident.title,
            "created_at": stamp(incident.created, zone),
            "updated_at": stamp(state.updated_at, zone),
            "status": state.status,
            "incident_key": f"{service.name.lower().replace(' ', '-')}/{incident.number:x}",
            "service": shown.service_reference(service),
            "assignments": [
                {"at": stamp(at, zone), "assignee": shown.person_reference(who)} for at, who in state.assignments
            ],
            "assigned_via": "escalation_policy",
            "last_status_change_at": stamp(state.changed_at, zone),
            "resolved_at": stamp(state.resolved_at, zone) if state.resolved_at else None,
            "first_trigger_log_entry": {
                "id": trigger_id,
                "type": "trigger_log_entry_reference",
                "summary": "Triggered",
                "self": f"{shown.rest_base}/log_entries/{trigger_id}",
                "html_url": f"{shown.web_base}/incidents/{incident_id(incident.number)}/log_entries/{trigger_id}",
            },
            "alert_counts": {"all": 1, "triggered": int(is_open), "resolved": int(not is_open)},
            "is_mergeable": is_open,
            "incident_type": {"name": "incident_default"},
            "escalation_policy": shown.policy_reference(policy),
            "teams": [shown.team_reference(organisation.team[service.team_id])],
            "pending_actions": [],
            "acknowledgements": [
                {"at": stamp(at, zone), "acknowledger": shown.person_reference(who)}
                for at, who in state.acknowledgements
            ],
            "alert_grouping": None,
            "last_status_change_by": self._agent(state.changed_by, service),
            "priority": shown.priority(incident.priority) if incident.priority else None,
            "resolve_reason": self._merge(incident) if is_merged else None,
            "conference_bridge": None,
            "incidents_responders": [
                self._responder(one, incident, zone) for one in incident.responders if one.asked <= shown.now
            ],
            "responder_requests": [],
            "urgency": incident.urgency,
        }

    def _responder(self, one: Responder, incident: Incident, zone: ZoneInfo | None) -> Json:
        """PagerDuty: a responder stays with a resolved incident; when they worked is nowhere."""
        shown = self.account
        joined = one.joined if one.joined and one.joined <= shown.now else None
        return {
            "state": "joined" if joined else "pending",
            "user": shown.person_reference(one.person),
            "incident": self.incident_reference(incident.number, incident.title),
            "updated_at": stamp(joined or one.asked, zone),
            "message": f"Please help with {incident.title}",
            "requester": shown.person_reference(one.by),
            "requested_at": stamp(one.asked, zone),
        }

    def entry(self, happening: Happening, zone: ZoneInfo | None, included: set[str]) -> Json:
        """A log entry. PagerDuty: a notify entry has no agent, its person is in `user`."""
        shown, organisation = self.account, self.account.world.organisation
        entry, incident = happening.entry, happening.incident
        service = organisation.service[incident.service_id]
        team = organisation.team[service.team_id]
        key = entry_id(incident.number, happening.place)
        reference = self.incident_reference(incident.number, incident.title)
        answer: Json = {
            "id": key,
            "type": f"{entry.kind if shown.is_odd or entry.kind not in _UNKNOWN else 'annotate'}_log_entry",
            "summary": self._summary(happening),
            "self": f"{shown.rest_base}/log_entries/{key}",
            "html_url": None,
            "created_at": stamp(entry.at, zone),
            "channel": {"type": entry.channel} | self._chat_user(entry),
            "service": shown.service(service) if "services" in included else shown.service_reference(service),
            "incident": self.incident(incident, zone) if "incidents" in included else reference,
            "teams": [shown.team(team) if "teams" in included else shown.team_reference(team)],
            "contexts": [],
            "event_details": {},
        }
        if entry.agent:
            answer["agent"] = self._agent(entry.agent, service)
            if shown.is_odd and not entry.shows_type:
                del answer["agent"]["type"]
        match entry.kind:
            case "assign" | "escalate" | "delegate":
                answer["assignees"] = [shown.person_reference(person_id) for person_id in entry.people]
            case "notify":
                answer["user"] = shown.person_reference(entry.people[0])
                answer["channel"] = {"type": "auto", "notification": self._notification(entry)}
            case "acknowledge":
                answer["acknowledgement_timeout"] = 1800
            case "snooze":
                answer["channel"] = {"type": "website", "duration": entry.seconds}
                answer["changed_actions"] = [
                    {"type": "unacknowledge", "at": stamp(entry.at + timedelta(seconds=entry.seconds), zone)}
                ]
        return answer

    def _chat_user(self, entry: Entry) -> Json:
        """PagerDuty: an extension of a chat hands on what the chat knows of a person, which is no user of PagerDuty."""
        if not entry.chat_name:
            return {}
        chat_id = f"U0{sum(map(ord, entry.chat_name)):06X}"
        return {"user": {"id": chat_id, "name": entry.chat_name}, "team": {"id": "T0LANTERN"}}

    def _notification(self, entry: Entry) -> Json:
        """PagerDuty: a push notification has no address."""
        answer = {"type": entry.channel, "status": "success"}
        if entry.channel == "email_notification":
            answer["address"] = self.account.world.organisation.person[entry.people[0]].email
        return answer

    def _summary(self, happening: Happening) -> str:
        agent = happening.entry.agent
        person = self.account.world.organisation.person.get(agent or "")
        verb = {"notify": "Notified", "assign": "Assigned", "escalate": "Escalated", "resolve": "Resolved"}.get(
            happening.entry.kind, happening.entry.kind.capitalize() + "d"
        )
        return f"{verb} by {person.name}" if person else f"{verb} automatically"

    def _agent(self, agent: str, service: Service) -> Json:
        if agent == "service":
            return self.account.service_reference(service)
        if agent == "integration":
            return self.account.integration_reference(service) | {"type": "integration_reference"}
        return self.account.person_reference(agent)

    def _merge(self, incident: Incident) -> Json:
        into = incident.merged_into
        target = self.account.world.incident(str(into))
        title = target.title if target else ""
        return {"type": "merge_resolve_reason", "incident": self.incident_reference(into or 0, title)}
