"""The errors that people read. Their texts never quote a value from a file: file, row, column, rule, what to do.

Permanent errors (a bad file, a broken contract, a wrong setting) are `DiaError`; only `TransientError` is retried.
"""


class DiaError(Exception):
    """A permanent error whose text is safe to show and to log.

    `message` is for engineers (English), `message_sv` for stewards and principals (Swedish).
    """

    def __init__(self, message: str, message_sv: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.message_sv = message_sv or message


class SettingsError(DiaError):
    """A setting is wrong; nothing has run."""


class Busy(DiaError):
    """Another run holds the data root."""


class TransientError(DiaError):
    """Something outside failed for now (timeout, busy server); a retry may succeed."""


class DeliveryRefused(DiaError):
    """A delivery that was not taken into raw; the last good data stays.

    `rule` is the id of the broken rule, `reason_sv` says what is wrong, `remedy_sv` what to do.
    """

    def __init__(self, rule: str, reason_sv: str, remedy_sv: str) -> None:
        super().__init__(f"delivery refused by rule {rule}", reason_sv)
        self.rule = rule
        self.reason_sv = reason_sv
        self.remedy_sv = remedy_sv
