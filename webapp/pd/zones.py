"""PagerDuty's time zones: IANA names, or on old accounts the display names of Ruby on Rails."""

from __future__ import annotations

from functools import cache
from zoneinfo import ZoneInfo

# Rails names by area: the ones whose city carries the IANA name are listed by that city alone.
_CITIES = {
    "Africa": "Algiers Cairo Casablanca Harare Johannesburg Monrovia Nairobi",
    "America": "Bogota Caracas Chihuahua Guatemala La_Paz Lima Mazatlan Mexico_City Monterrey Montevideo Puerto_Rico "
    "Santiago Tijuana",
    "Asia": "Almaty Baghdad Baku Bangkok Chongqing Dhaka Hong_Kong Irkutsk Jakarta Jerusalem Kabul Kamchatka Karachi "
    "Kathmandu Kolkata Krasnoyarsk Kuala_Lumpur Kuwait Magadan Muscat Novosibirsk Rangoon Riyadh Seoul Singapore "
    "Srednekolymsk Taipei Tashkent Tbilisi Tehran Tokyo Urumqi Vladivostok Yakutsk Yerevan",
    "Atlantic": "Azores",
    "Australia": "Adelaide Brisbane Darwin Hobart Melbourne Perth Sydney",
    "Europe": "Amsterdam Athens Belgrade Berlin Bratislava Brussels Bucharest Budapest Copenhagen Dublin Helsinki "
    "Istanbul Kaliningrad Lisbon Ljubljana London Madrid Minsk Moscow Paris Prague Riga Rome Samara Sarajevo Skopje "
    "Sofia Stockholm Tallinn Vienna Vilnius Volgograd Warsaw Zagreb Zurich",
    "Pacific": "Apia Auckland Fiji Guam Majuro Noumea Port_Moresby Tongatapu",
}
_OTHERS = {
    "Abu Dhabi": "Asia/Muscat",
    "Alaska": "America/Juneau",
    "American Samoa": "Pacific/Pago_Pago",
    "Arizona": "America/Phoenix",
    "Astana": "Asia/Almaty",
    "Atlantic Time (Canada)": "America/Halifax",
    "Beijing": "Asia/Shanghai",
    "Bern": "Europe/Zurich",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Canberra": "Australia/Canberra",
    "Cape Verde Is.": "Atlantic/Cape_Verde",
    "Central America": "America/Guatemala",
    "Central Time (US & Canada)": "America/Chicago",
    "Chatham Is.": "Pacific/Chatham",
    "Chennai": "Asia/Kolkata",
    "Eastern Time (US & Canada)": "America/New_York",
    "Edinburgh": "Europe/London",
    "Ekaterinburg": "Asia/Yekaterinburg",
    "Georgetown": "America/Guyana",
    "Greenland": "America/Godthab",
    "Guadalajara": "America/Mexico_City",
    "Hanoi": "Asia/Bangkok",
    "Hawaii": "Pacific/Honolulu",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "International Date Line West": "Etc/GMT+12",
    "Islamabad": "Asia/Karachi",
    "Kyiv": "Europe/Kiev",
    "Marshall Is.": "Pacific/Majuro",
    "Mid-Atlantic": "Atlantic/South_Georgia",
    "Midway Island": "Pacific/Midway",
    "Mountain Time (US & Canada)": "America/Denver",
    "Mumbai": "Asia/Kolkata",
    "New Caledonia": "Pacific/Noumea",
    "New Delhi": "Asia/Kolkata",
    "Newfoundland": "America/St_Johns",
    "Nuku'alofa": "Pacific/Tongatapu",
    "Osaka": "Asia/Tokyo",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Pretoria": "Africa/Johannesburg",
    "Quito": "America/Lima",
    "Samoa": "Pacific/Apia",
    "Sapporo": "Asia/Tokyo",
    "Saskatchewan": "America/Regina",
    "Solomon Is.": "Pacific/Guadalcanal",
    "Sri Jayawardenepura": "Asia/Colombo",
    "St. Petersburg": "Europe/Moscow",
    "Tokelau Is.": "Pacific/Fakaofo",
    "Ulaanbaatar": "Asia/Ulaanbaatar",
    "UTC": "Etc/UTC",
    "Wellington": "Pacific/Auckland",
    "West Central Africa": "Africa/Algiers",
}
RAILS_ZONES = _OTHERS | {
    city.replace("_", " "): f"{area}/{city}" for area, cities in _CITIES.items() for city in cities.split()
}


@cache
def zone_of(said: str | None) -> str | None:
    """IANA name of a zone as PagerDuty gives it; None when nothing is said or nobody knows it."""
    name = RAILS_ZONES.get(said or "", said)
    if not name:
        return None
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # unknown names, and names that are a folder of the zone files
        return None
    return name
