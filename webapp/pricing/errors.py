"""What the engine refuses.

PricingError
+-- PolicyError    the policy contradicts itself: a manager changes the policy
+-- FactsError     the facts contradict themselves: the reader of PagerDuty made a mistake
"""


class PricingError(Exception):
    """Nothing was priced; the message says what to change."""


class PolicyError(PricingError):
    """The policy cannot be followed as it stands."""


class FactsError(PricingError):
    """The facts cannot be true as they stand; pricing them would be a guess."""
