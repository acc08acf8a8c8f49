"""The choices of the stages that are words: what the language calls each, and what a sentence says of it.

In the order in which a refusal lists them. A choice that a sentence need not mention says "". To add one: its row here,
and what it does in its module of `engine/stages/`. docs/policies/fields.md explains each.
"""

from __future__ import annotations

PAYS = {"on call": "time on call", "callouts": "callouts", "hours in callouts": "hours worked in callouts"}
ROUNDINGS = ("half up", "half even", "half down", "up", "down")

ROTAS = {"together": "Several rotas held at once count once.", "separately": "Each rota counts by itself."}
REMOVED = {"ordinary hours": "ordinary hours", "worked": "time worked in callouts"}
FREE_EACH = ("callout", "session", "duty", "day")
SPELLS = {"together": "", "apart": "A callout that is opened again later is another callout."}

OWNERS = {
    "split": "Each piece takes the type of the day that it lies on.",
    "end of day": "A day counts when its last instant is held; if no day's is, the day of the start.",
    "any touch": "A unit that touches several days takes the day type that stands first.",
    "start": "It takes the type of the day that it starts on.",
    "end": "It takes the type of the day that it ends on.",
    "majority": "It takes the day type that most of it lies on.",
    "end of duty": "It takes the type of the day, and the band, that the duty ends in.",
    "start of session": "Each callout takes the type of the day that its session starts on.",
}
TAKES = {"first": "", "best last": "Of the levels last held on the day, by each duty, the best paid counts."}

JOINS = {
    "overlapping": "Callouts that overlap or touch are one session.",
    "each": "Each callout is a session of its own.",
    "window": "Callouts that start{ends} within {window} of the {since} are one session{only}.",
    "duty": "All callouts of a duty are one session.",
    "day": "All callouts of a day are one session.",
    "week": "All callouts of a week are one session.",
    "block": "Callouts in the same {block} of the duty are one session.",
}
SINCE = ("first start", "last start", "last end")
MEASURES = {
    "worked": "",
    "start to end": "A session lasts from its first start to its last end.",
    "to last minimum": "A session lasts from its first start to its last end, or to the minimum after its last start.",
}

PARTS = {
    "whole": "",
    "prorated": "A part of a unit counts in proportion.",
    "none": "A part of a unit counts for nothing.",
}
WEEKS_FROM = {
    "week start": "Weeks run from the start of the week.",
    "shift": "Weeks run from the start of the duty.",
}
CLOCKS = {
    "elapsed": "",
    "wall clock": "Over a clock change the clock decides.",
    "nominal": "Over a clock change the length of the roster decides.",
}

ROUND_STEPS = {"up": "up to the next", "down": "down to the next", "nearest": "to the nearest"}
ENDS = ("first", "last")
TIERS = {
    "ordinal": "by its number in the",
    "position": "by the hours since the start of the",
    "cumulative": "by what came before in the",
    "length": "by the whole length of the",
}
CHOOSES = {
    "first match": "It is number {priority} of the choice {among}: what an earlier one pays, it does not.",
    "greatest": "Of the rules of the choice {among} only the one that pays most counts, for each {each}.",
}
BOOKED_AS = ("money", "time off")
BOOKED_ON = {
    "unit": "",
    "start": "It is booked on the date of the start.",
    "end": "It is booked on the date of the end.",
}

OF_DUTY = frozenset({"duty", "block", "end of duty", "of duty"})
"""Choices and scopes for which the duty is asked that a callout lies in."""
