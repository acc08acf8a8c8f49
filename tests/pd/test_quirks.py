"""Where PagerDuty is not as one would think: what its clients ran into, and which tests show that we do not.

Each quirk names threads on GitHub where somebody met it. Quirks of writing, of webhooks and of installing an app do not
touch us.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.pd import test_reader as reading
from webapp.pd.records import PolicyRecord
from webapp.pd.timing import Timing

TESTS = Path(__file__).parents[1]

QUIRKS: dict[str, tuple[str, ...]] = {
    "the list of schedules has no final entries (api-schema#430)": (
        "pd/test_reading_whole.py::test_final_schedules_are_asked_with_both_bounds_in_utc_and_no_zone",
    ),
    "a window of no length is empty (api-schema#479, qontract-reconcile#4015)": (
        "pd/test_reading_whole.py::test_no_window_is_shorter_than_a_second",
    ),
    "/oncalls and /incidents refuse long ranges (api-schema#518, grafana-pagerduty#19)": (
        "pd/test_reader.py::test_windows_are_short_have_both_bounds_and_leave_no_gap",
        "pd/test_reading_whole.py::test_a_schedule_that_refuses_a_long_stretch_is_asked_for_shorter_ones",
    ),
    "one bound puts the other a month away, silently (pdpyras#46, cloudquery#7184, devlake#5031)": (
        "pd/test_reader.py::test_windows_are_short_have_both_bounds_and_leave_no_gap",
    ),
    "whether bounds are inclusive is not documented (developer-docs#74)": (
        "pd/test_reader.py::test_what_lies_outside_the_window_is_filtered_here",
    ),
    "times without a zone are read in the account's (go-pagerduty#244)": (
        "pd/test_reader.py::test_windows_are_short_have_both_bounds_and_leave_no_gap",
    ),
    "lists are rendered in the account's zone (go-pagerduty#538)": (
        "pd/test_reader.py::test_incidents_of_every_status_are_asked_in_order_of_their_trigger",
        "pd/test_records.py::test_times_are_instants_in_utc_of_whole_seconds",
    ),
    "starts shift with zones and clock changes (terraform-provider-pagerduty#23, #85, #168, #728)": (
        "pd/test_reader.py::test_rows_are_one_by_what_they_say_as_instants",
        "sandbox/test_checklist.py::test_dst_changes_within_a_window_give_one_list_different_offsets_and_odd_lengths",
    ),
    "zones have names of several kinds (developer-docs#99, terraform-provider-pagerduty#796)": (
        "pd/test_records.py::test_zones_are_iana_names_or_nothing",
        "pd/test_records.py::test_every_rails_zone_exists",
    ),
    "an invalid scope gives a token without rights (developer-docs#66)": (
        "pd/test_oauth.py::test_a_grant_of_openid_alone_is_no_connection",
    ),
    "a wrong step between pages repeats or skips records (pdpyras#61, n8n#35778)": (
        "pd/test_client.py::test_paging_advances_by_what_was_received",
        "pd/test_listing.py::test_a_list_is_read_whole_whatever_a_page_holds",
    ),
    "heavy pages take longer than ten seconds (pdpyras#64)": (
        "pd/test_quirks.py::test_an_answer_may_take_a_minute",
        "pd/test_reading_whole.py::test_a_window_that_is_too_slow_is_asked_in_halves",
    ),
    "the EU has hosts of its own (pdpyras#108, python-pagerduty#75)": (
        "pd/test_regions.py::test_each_region_has_its_own_rest_host",
        "pd/test_sandbox.py::test_keys_of_both_regions_are_placed",
    ),
    "no list goes past 10,000 (python-pagerduty#51, pd-live-react#163, pagerduty-cli#47)": (
        "pd/test_client.py::test_the_cap_of_ten_thousand_is_reached_exactly_and_not_passed",
        "pd/test_reader.py::test_a_window_with_too_many_records_is_split_and_nothing_is_read_twice",
        "pd/test_reader.py::test_more_than_the_cap_in_one_second_is_refused",
        "pd/test_reading_whole.py::test_more_than_a_list_can_tell_is_refused_at_once",
    ),
    "entries of notifications have no agent (go-pagerduty#200)": (
        "pd/test_reader.py::test_notifications_and_unknown_kinds_disturb_nothing",
    ),
    "a 401 may be no JSON (go-pagerduty#469)": ("pd/test_transport.py::test_every_error_shape_becomes_a_sentence",),
    "a 403 names the missing scope (terraform-provider-pagerduty#1078, #1027)": (
        "pd/test_transport.py::test_missing_scope_is_told",
    ),
    "a key is sent as Token token= (devlake#6112)": ("pd/test_transport.py::test_credential_is_sent_by_its_kind",),
    "shift-based schedules are in a list and of a type of their own (pagerduty-mcp-server#117, #124)": (
        "pd/test_reading_whole.py::test_both_lists_of_schedules_are_read_and_several_people_at_once_kept",
        "pd/test_reading_whole.py::test_a_schedule_of_the_other_kind_is_asked_there",
        "pd/test_reader.py::test_an_account_without_shift_based_schedules_is_read_all_the_same",
        "pd/test_records.py::test_both_kinds_of_schedule_are_told_apart_by_their_type",
    ),
    "a shift-based schedule has several people on at once (pd-oncall-chat-topic#48)": (
        "pd/test_records.py::test_final_entries_of_a_shift_based_schedule_may_be_several_at_once_or_a_gap",
        "pd/test_crosscheck.py::test_several_people_at_once_are_no_difference_where_both_say_so",
    ),
    "overrides lag behind (pd-oncall-chat-topic#31)": ("pd/test_quirks.py::test_overrides_are_never_asked_for",),
    "a schedule on no policy is missing from /oncalls (pagerbeauty#103)": (
        "web/test_reports_doubts.py::test_schedules_on_no_escalation_policy_are_named",
    ),
    "the schedule of a row may be null (incidentbot#328)": ("pd/test_records.py::test_three_kinds_of_row",),
    "the same time on call comes once for each policy and level (backstage-plugin#36)": (
        "pd/test_shifts.py::test_repeats_over_policies_are_one_stretch",
        "pd/test_shifts.py::test_two_levels_stay_two_stretches_and_one_shift",
    ),
    "rows of /oncalls have no key (cloudquery#15556)": (
        "pd/test_reader.py::test_rows_are_one_by_what_they_say_as_instants",
        "pd/test_listing.py::test_rows_without_an_id_may_be_alike_if_they_are_so_again",
    ),
    "a token dies in mid-read (backstage-plugin#144)": (
        "web/test_connection.py::test_a_token_refused_before_its_time_is_renewed_and_the_question_asked_again",
    ),
    "incidents are listed by creation, whatever happens to them later (sim#6699)": (
        "pd/test_reader.py::test_an_incident_triggered_before_the_window_is_read_whole",
        "pd/test_reader.py::test_an_incident_open_at_the_windows_end_is_followed_past_it",
    ),
    "who was deleted is in no list (qontract-reconcile#2074)": (
        "pd/test_reader.py::test_a_deleted_engineer_keeps_the_name_of_the_references",
        "pd/test_reader.py::test_one_deleted_engineer_is_known_by_references",
    ),
    "the strategy of an escalation rule is an object (heimweh/go-pagerduty#133)": (
        "pd/test_quirks.py::test_the_strategy_of_an_escalation_rule_may_be_an_object",
    ),
    "a 429 may come without headers (heimweh/go-pagerduty#147)": (
        "pd/test_pace.py::test_a_429_says_how_long_to_wait_or_thirty_seconds",
    ),
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Every test there is, as file::name."""
    return {
        f"{path.relative_to(TESTS).as_posix()}::{name}"
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("quirk", QUIRKS)
def test_every_quirk_that_touches_reading_has_its_tests(quirk: str, known: set[str]) -> None:
    assert [name for name in QUIRKS[quirk] if name not in known] == []


def test_an_answer_may_take_a_minute() -> None:
    assert (Timing().connect_seconds, Timing().read_seconds) == (10, 60)


def test_overrides_are_never_asked_for(fake: reading.Fake) -> None:
    fake.lists["/oncalls"] = [reading.row("ADA", reading.JULY, reading.AUGUST)]
    reading.read(fake)
    paths = [path for path, _ in fake.calls]
    assert "/schedules/PS1" in paths
    assert [path for path in paths if "override" in path] == []


@pytest.mark.parametrize("strategy", ["assign_to_everyone", {"type": "round_robin"}, None])
def test_the_strategy_of_an_escalation_rule_may_be_an_object(strategy: Any) -> None:
    rule = {"targets": [reading.person("ADA")], "escalation_rule_assignment_strategy": strategy}
    assert PolicyRecord.read({"id": "PE1", "escalation_rules": [rule]}).target_ids == {"ADA"}
