"""Reading PagerDuty: hosts, credentials, requests, records, who was on call, and who responded.

What lives here knows PagerDuty and nothing else: no Flask, no database, no pay. It can only read: the one function that
sends requests to the REST API takes no method. It keeps nothing, writes nothing to disk, and logs neither credentials
nor what was asked about whom.
"""
