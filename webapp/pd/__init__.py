"""Reading PagerDuty: hosts, credentials, requests, records, who was on call, and who responded.

What lives here knows PagerDuty and nothing else: no Flask, no database, no pay. It can only read: the one function that
sends requests to the REST API takes no method. It keeps nothing, writes nothing to disk, and logs neither credentials
nor what was asked about whom.

From the wire up:

- `timing`: clock, sleep, timeouts and waits as one value, so that a test or a campaign runs them at another scale.
- `pace`: how many requests of one credential at once, and how fast; `pace_of` gives all its reports the same one.
- `transport`: sends a request, with a bounded number of tries; `client`: pages, and what the forms ask.
- `listing`: one list read whole, page by page, and the proof that it is; pure.
- `plan`: the questions of a scope, and which follow from which answers; pure.
- `reader`: `Reading.advance` asks them, some at once, resumable after any error; `result`: what comes out.
- `oauth`, `regions`, `probe`: connecting, and what a credential is; `check`: what it may read.
- `crosscheck`: /oncalls beside the final schedules. `evidence`, `spells`, `cycles`, `acts`,
  `shifts`: who answered, who was on call.
"""
