-- What is this? The list of ways to write a grade, read with the macro that staging uses.
-- If it fails: extend canonical_grade in macros/cleaning.sql, or correct the list.
select
    variant,
    grade
from {{ ref('ref_grade_variant') }}
where {{ canonical_grade('variant') }} <> grade
