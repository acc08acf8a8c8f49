"""Facts and a policy in, pay lines out, one engineer at a time.

One rule's way through the files: `duties` (facts as stretches), `stages/` (one module a stage, one pure function
each), `engine` (their composition), `ledger` (what was not paid, with the reason); `cache` keeps what is
measured before any price, `explain` derives one line again. Standard library only; no clock, no float.
"""
