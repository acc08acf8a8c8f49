"""A policy in words: every rule it holds, one plain sentence each, for the page and the workbook."""

from collections.abc import Mapping
from decimal import Decimal

from webapp.pricing.policy.form import (
    GAP_HOURS,
    SESSION_HOURS,
    BusinessHours,
    EvidenceMode,
    Policy,
    StipendDate,
    SubstituteDays,
)
from webapp.pricing.text import listed

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_SUBSTITUTES = {
    SubstituteDays.BY_COUNTRY: (
        "Where a public holiday falls on a weekend and has a substitute day, in Great Britain only the substitute day "
        "counts as the bank holiday; elsewhere both days count."
    ),
    SubstituteDays.REPLACE: (
        "Where a public holiday falls on a weekend and has a substitute day, only the substitute day counts as the "
        "bank holiday."
    ),
    SubstituteDays.BOTH: (
        "Where a public holiday falls on a weekend and has a substitute day, both days count as bank holidays."
    ),
    SubstituteDays.ACTUAL_ONLY: (
        "Where a public holiday falls on a weekend and has a substitute day, only the actual day counts as the bank "
        "holiday."
    ),
}

_EVIDENCE = {
    EvidenceMode.ACKNOWLEDGED: (
        "A callout belongs to every engineer who acknowledged the incident, and to the one who resolved it if nobody "
        "acknowledged it."
    ),
    EvidenceMode.FIRST_ACKNOWLEDGED: (
        "A callout belongs to the engineer who acknowledged the incident first, and to the one who resolved it if "
        "nobody acknowledged it."
    ),
    EvidenceMode.RESOLVED: "A callout belongs to the engineer who resolved the incident.",
    EvidenceMode.ON_CALL: (
        "A callout belongs to everybody who was on call at the lowest level of the incident's escalation policy that "
        "had anybody when it triggered."
    ),
}


def in_words(policy: Policy, names: Mapping[str, str]) -> list[str]:
    """What a policy does, in order; `names` gives schedules' names by id."""
    return [*_days(policy), *_stipends(policy, names), *_payable(policy), *_billing(policy)]


def _days(policy: Policy) -> list[str]:
    zone = (
        "each engineer's own time zone" if policy.pay_zone is None else f"the time zone {policy.pay_zone} for everybody"
    )
    region = {
        None: "An engineer without a holiday region of their own is not priced.",
        "none": "An engineer without a holiday region of their own has no public holidays.",
    }.get(
        policy.holiday_region,
        f"An engineer without a holiday region of their own has the public holidays of {policy.holiday_region}.",
    )
    return [
        f"Dates and times are those of {zone}; hours are hours that really passed, also when the clocks change.",
        "A date is a bank holiday, else a weekend day (Saturday or Sunday), else a weekday; company days outrank.",
        region,
        _SUBSTITUTES[policy.substitute_days],
        _business(policy.business_hours),
    ]


def _business(hours: BusinessHours) -> str:
    if not hours.days:
        return "There are no business hours, except for engineers with working hours of their own."
    days = listed([_WEEKDAYS[day - 1] for day in sorted(hours.days)])
    return (
        f"Business hours are {hours.start:%H:%M} to {hours.end:%H:%M} on {days}, except on bank holidays and company "
        "rest days; an engineer's own working hours replace them."
    )


def _stipends(policy: Policy, names: Mapping[str, str]) -> list[str]:
    sentences = [
        f"A date on call at level {level} earns {_money(stipend.weekday, policy)} on a weekday, "
        f"{_money(stipend.weekend, policy)} on a weekend day, {_money(stipend.bank_holiday, policy)} on a bank holiday."
        for level, stipend in sorted(policy.levels.items())
    ]
    sentences.append("Time at any other level earns nothing; who holds several levels at once holds the lowest number.")
    if policy.schedules_left_out:
        left_out = listed(sorted(names.get(schedule, schedule) for schedule in policy.schedules_left_out))
        sentences.append(f"Time and callouts through these schedules alone earn nothing: {left_out}.")
    if policy.also_pay:
        also = listed(sorted(names.get(schedule, schedule) for schedule in policy.also_pay))
        sentences.append(f"Time on these schedules is paid as level 1, though nobody is paged through them: {also}.")
    sentences.append(
        "Time inside business hours counts towards the stipend."
        if policy.stipend_in_business_hours
        else "Time inside business hours earns no stipend."
    )
    between = "" if policy.stipend_in_business_hours else " without business hours between them"
    sentences.append(
        f"Time on call with less than {GAP_HOURS} h between{between} is one piece; the gaps themselves are not counted."
    )
    if policy.shortest_piece_hours:
        sentences.append(f"Pieces under {_plain(policy.shortest_piece_hours)} h earn no stipend.")
    sentences.extend((_date_rule(policy), "An engineer earns a date once; if at two levels, the better paid."))
    return sentences


def _date_rule(policy: Policy) -> str:
    countable = "the date" if policy.stipend_in_business_hours else "the date outside business hours"
    return {
        StipendDate.END_OF_DATE: (
            "A piece earns each date whose last instant it covers, at the level last held on that date; a piece that "
            "covers no date's end earns the date it lies on."
        ),
        StipendDate.ANY_TOUCH: "A piece earns each date it touches, at the level last held on that date.",
        StipendDate.AT_LEAST: (
            f"A date is earned by at least {_plain(policy.stipend_hours)} h of pieces on it, at the level last held."
        ),
        StipendDate.MAJORITY: f"A date is earned by holding more than half of {countable}, at the level last held.",
        StipendDate.START_OF_SHIFT: (
            "A shift is cut in days from its own start, before business hours are removed; each part that holds a "
            "piece earns the date the part starts on."
        ),
    }[policy.stipend_date]


def _payable(policy: Policy) -> list[str]:
    sentences = [_EVIDENCE[policy.evidence]]
    if policy.evidence in {EvidenceMode.ACKNOWLEDGED, EvidenceMode.FIRST_ACKNOWLEDGED}:
        sentences.append(
            "The first engineer's work starts when the incident triggered, but at most "
            f"{policy.longest_lead_minutes} min before acknowledging it; anybody else's with their own acknowledgement."
        )
        sentences.append(
            "A snooze, or a hand-over to somebody else, ends a spell of work. What an engineer does on the incident "
            f"within {policy.pause_grace_minutes} min still belongs to that spell; acknowledging it later starts "
            "another."
        )
    sentences.append(f"A spell of work counts for at most {policy.longest_spell_hours} h; a longer one is a warning.")
    sentences.append(
        "Callouts of engineers who were not on call are paid too."
        if policy.pay_not_on_call
        else "Callouts of engineers who were not on call earn nothing."
    )
    sentences.append(
        "Callouts of engineers who were on call only at levels without a stipend earn nothing."
        if policy.callouts_at_paid_levels_only
        else "Callouts are paid at whatever level the engineer was on call."
    )
    sentences.append(
        "Only incidents of high urgency are paid." if policy.high_urgency_only else "Incidents of any urgency are paid."
    )
    sentences.append(
        "A spell that starts inside business hours earns no fee and no minimum; what ran past business hours is paid "
        "by the hour as worked. Time inside business hours is never paid."
    )
    return sentences


def _billing(policy: Policy) -> list[str]:
    sentences = [
        "Spells that overlap or touch"
        + (f", or start at most {policy.merge_minutes} min after one another" if policy.merge_minutes else "")
        + (f", or start within {policy.minimum_minutes} min of the first" if policy.minimum_minutes else "")
        + f", are one session; a session takes no new spell {SESSION_HOURS} h after its start."
    ]
    raised = f"raised to at least {policy.minimum_minutes} min and " if policy.minimum_minutes else ""
    sentences.append(
        f"A session's hours are the time worked, shared time once and gaps not counted, {raised}rounded up to the next "
        f"{policy.step_minutes} min; they belong to the date the session starts on."
    )
    if policy.callout_fee:
        each = "payable callout of a session" if policy.fee_for_each_callout else "session"
        cap = f", at most {policy.fees_a_day} on one date" if policy.fees_a_day is not None else ""
        sentences.append(f"Each {each} earns a callout fee of {_money(policy.callout_fee, policy)}{cap}.")
    else:
        sentences.append("There is no callout fee.")
    sentences.append(
        "Hours are paid at the engineer's own hourly rate; an engineer with such hours and no rate is not priced."
        if policy.hourly_rate is None
        else f"Hours are paid at the engineer's own hourly rate; without one, at {_money(policy.hourly_rate, policy)}."
    )
    sentences += [
        "A manager can decide otherwise for one callout, with a reason; a callout so decided is paid in full.",
        "Nothing after the moment PagerDuty was read is paid.",
        f"Every amount is rounded once, half up, to {policy.minor_digits} decimals.",
    ]
    return sentences


def _money(amount: Decimal, policy: Policy) -> str:
    digits = max(policy.minor_digits, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{digits}f} {policy.currency}"


def _plain(number: Decimal) -> str:
    """A number of hours without needless zeros: 6, 7.5."""
    return f"{number.normalize():f}"
