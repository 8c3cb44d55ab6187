"""A recorded decision that lets an analyst have pseudonymised rows, as the deployment file says it. Reads nothing."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

TABLES = (
    "dim_pupil", "fct_absence_pattern", "fct_assessment", "fct_attendance_month", "fct_diploma",
    "fct_enrolment_snapshot", "fct_grade", "fct_gy_cohort", "fct_leaving", "fct_mobility", "fct_national_test",
    "fct_test_vs_grade", "fct_upper_secondary_grade",
)  # fmt: skip
LONGEST_DAYS = 400


class Access(BaseModel):
    """A decision that lets somebody have pseudonymised rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str = Field(min_length=3, description="Who may read: a post or a group, not a whole department")
    purpose: str = Field(min_length=15, description="What the rows are needed for")
    decision: str = Field(min_length=3, description="The decision's number and date")
    valid_from: date
    valid_to: date = Field(description="First day on which it no longer holds")
    tables: tuple[str, ...] = Field(min_length=1, description="The tables that the purpose needs, and no others")

    @model_validator(mode="after")
    def _is_bounded(self) -> Access:
        if not 0 < (self.valid_to - self.valid_from).days <= LONGEST_DAYS:
            raise ValueError(
                f"valid_to must be after valid_from and within {LONGEST_DAYS} days of it: decide anew then"
            )
        if wrong := sorted(set(self.tables) - set(TABLES)):
            raise ValueError(f"no table for analysts is called {', '.join(wrong)}; there are {', '.join(TABLES)}")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the decision allows reading on a day."""
        return self.valid_from <= day < self.valid_to
